"""Blocks as they begin, go on and end."""

import json
from typing import Any

import msgspec
import pytest

from waystation.dialects.anthropic_messages.chunks import Delta
from waystation.dialects.anthropic_messages.speech import Speech
from waystation.wire.chat import Annotation, ForeignPart, Seal
from waystation.wire.errors import BadAnswer
from waystation.wire.events import (
    Annotated,
    BlockEnded,
    ForeignBlock,
    Sealed,
    StreamEvent,
    TextDelta,
    ThinkingDelta,
    ToolCallDelta,
    ToolCallStarted,
)

OWN = Seal("anthropic.messages", "S")


def raw(given: object) -> msgspec.Raw:
    return msgspec.Raw(json.dumps(given).encode())


def hear(*steps: Any) -> list[StreamEvent]:
    """A step is (index, block or delta), or an index that ends. All ends at the end."""
    speech, out = Speech("call_9"), list[StreamEvent]()
    for step in steps:
        if isinstance(step, int):
            speech.end(step, out)
        elif isinstance(step[1], Delta):
            speech.go_on(step[0], step[1], out)
        else:
            speech.begin(step[0], raw(step[1]), out)
    speech.finish(out)
    return out


def text(piece: str) -> Delta:
    return Delta(type="text_delta", text=piece)


def arguments(piece: str) -> Delta:
    return Delta(type="input_json_delta", partial_json=piece)


TEXT = {"type": "text", "text": ""}
CALL = {"type": "tool_use", "id": "i", "name": "f", "input": {}}
SEARCH = {"type": "server_tool_use", "id": "s", "name": "web_search", "input": {}}


def foreign(block: dict[str, Any]) -> ForeignPart:
    return ForeignPart(dialect="anthropic.messages", kind=block["type"], raw=raw(block))


@pytest.mark.parametrize(
    ("steps", "due"),
    [
        ([(0, TEXT), (0, text("a")), (0, text("")), 0], [TextDelta("a"), BlockEnded()]),
        ([(0, {"type": "text", "text": "a"}), 0], [TextDelta("a"), BlockEnded()]),
        ([(0, TEXT), 0, (1, TEXT), (1, text("b"))], [TextDelta("b"), BlockEnded()]),
        ([(0, text("a")), (0, text("b"))], [TextDelta("a"), TextDelta("b"), BlockEnded()]),
        (
            [(0, TEXT), (0, text("a")), (1, TEXT), (1, text("b"))],
            [TextDelta("a"), BlockEnded(), TextDelta("b", 1), BlockEnded(1)],
        ),
        (
            [(0, {"type": "thinking", "thinking": ""}), (0, Delta(type="thinking_delta", thinking="h"))],
            [ThinkingDelta(""), ThinkingDelta("h"), BlockEnded()],
        ),
        (
            [(0, Delta(type="thinking_delta", thinking="h")), (0, text("a"))],
            [ThinkingDelta(""), ThinkingDelta("h"), BlockEnded(), TextDelta("a", 1), BlockEnded(1)],
        ),
        (
            [
                (0, {"type": "thinking"}),
                (0, Delta(type="signature_delta", signature="S")),
                (0, Delta(type="signature_delta")),
            ],
            [ThinkingDelta(""), Sealed(OWN), BlockEnded()],
        ),
        (
            [(0, {"type": "thinking", "thinking": "h", "signature": "S"})],
            [ThinkingDelta("h"), Sealed(OWN), BlockEnded()],
        ),
        (
            [(0, {"type": "redacted_thinking", "data": "S"})],
            [ThinkingDelta("", redacted=True), Sealed(OWN), BlockEnded()],
        ),
        (
            [(0, CALL), (0, arguments("")), (0, arguments("{}"))],
            [ToolCallStarted("i", "f"), ToolCallDelta("{}"), BlockEnded()],
        ),
        ([(0, CALL), 0], [ToolCallStarted("i", "f"), ToolCallDelta("{}"), BlockEnded()]),
        (
            [(3, {"type": "tool_use", "input": {"a": 1}})],
            [ToolCallStarted("call_9_3", ""), ToolCallDelta('{"a": 1}'), BlockEnded()],
        ),
        ([(0, {"type": "tool_use", "id": "i"})], [ToolCallStarted("i", ""), ToolCallDelta("{}"), BlockEnded()]),
        (
            [(0, CALL), (1, {**CALL, "id": "j"}), (0, arguments("1")), (1, arguments("2"))],
            [
                ToolCallStarted("i", "f"),
                ToolCallStarted("j", "f", 1),
                ToolCallDelta("1"),
                ToolCallDelta("2", 1),
                BlockEnded(),
                BlockEnded(1),
            ],
        ),
        ([(0, SEARCH)], [ForeignBlock(foreign(SEARCH)), BlockEnded()]),
        ([(0, SEARCH), (0, arguments("{"))], [ForeignBlock(foreign(SEARCH)), BlockEnded()]),
        ([(0, TEXT), (0, arguments("{}"))], []),
        ([(0, arguments("{}")), (0, Delta(type="odd")), (0, None), (0, {"type": 5}), 7], []),
    ],
)
def test_blocks(steps: list[Any], due: list[StreamEvent]) -> None:
    assert hear(*steps) == due


def test_the_input_of_a_built_in_tool_is_put_together() -> None:
    (event, _) = hear((0, SEARCH), (0, arguments('{"q":')), (0, arguments('"x"}')))
    assert isinstance(event, ForeignBlock)
    assert json.loads(bytes(event.part.raw)) == {**SEARCH, "input": {"q": "x"}}


def test_the_input_of_a_built_in_tool_is_bounded() -> None:
    with pytest.raises(BadAnswer, match="an input of more than"):
        hear((0, SEARCH), *[(0, arguments("x" * 1024 * 1024))] * 9)


def test_citations_stand_on_a_text() -> None:
    page = {"type": "page_location", "cited_text": "q"}
    cited = Annotated(Annotation(quote="q", raw=raw(page)))
    given = Delta(type="citations_delta", citation=raw(page))
    assert hear((0, TEXT), (0, given), (0, text("a"))) == [TextDelta(""), cited, TextDelta("a"), BlockEnded()]
    assert hear((0, {**TEXT, "citations": [page]})) == [TextDelta(""), cited, BlockEnded()]


def test_whether_there_were_calls() -> None:
    speech, out = Speech("c"), list[StreamEvent]()
    speech.begin(0, raw(TEXT), out)
    before = speech.calls
    speech.begin(1, raw(CALL), out)
    assert (before, speech.calls) == (False, True)
