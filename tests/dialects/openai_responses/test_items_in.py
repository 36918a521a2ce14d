"""The items that a stream's events have whole."""

import json
from typing import Any

import msgspec
import pytest

from waystation.dialects.openai_responses.blocks import Blocks
from waystation.dialects.openai_responses.items_in import hear_item, start_item
from waystation.wire.chat import Annotation, Seal
from waystation.wire.errors import BadAnswer
from waystation.wire.events import (
    Annotated,
    BlockEnded,
    RefusalDelta,
    Sealed,
    StreamEvent,
    TextDelta,
    ThinkingDelta,
    ToolCallDelta,
    ToolCallStarted,
)

CITED = {"type": "url_citation", "url": "u"}


def raw(item: object) -> msgspec.Raw:
    return msgspec.Raw(json.dumps(item, separators=(",", ":")).encode())


def hear(blocks: Blocks, item: dict[str, Any]) -> list[StreamEvent]:
    hear_item(blocks, raw(item), 0, "call_9")
    return blocks.take()


def test_a_message() -> None:
    content = [
        {"type": "output_text", "text": "a", "annotations": [CITED]},
        {"type": "refusal", "refusal": "no"},
        {"type": "odd"},
    ]
    assert hear(Blocks(), {"type": "message", "role": "assistant", "content": content}) == [
        TextDelta("a"),
        Annotated(Annotation(url="u", raw=raw(CITED))),
        BlockEnded(),
        RefusalDelta("no", 1),
        BlockEnded(1),
    ]


def test_what_was_told_already_is_not_told_again() -> None:
    blocks = Blocks()
    blocks.text("a", 0, 0)
    blocks.refusal("no", 0, 1)
    blocks.take()
    content = [{"type": "output_text", "text": "a", "annotations": [CITED]}, {"type": "refusal", "refusal": "no"}]
    assert hear(blocks, {"type": "message", "role": "assistant", "content": content}) == [BlockEnded(1)]


def test_thoughts_of_which_half_was_told() -> None:
    blocks = Blocks()
    blocks.thought("a", 0, ("summary", 0, 0))
    summary = [{"type": "summary_text", "text": "a"}, {"type": "summary_text", "text": "b"}]
    item = {"type": "reasoning", "id": "rs_1", "summary": summary, "encrypted_content": "enc"}
    assert hear(blocks, item) == [
        ThinkingDelta("a"),
        ThinkingDelta("\n\nb"),
        Sealed(Seal("openai.responses", "rs_1 enc")),
        BlockEnded(),
    ]


def test_a_call_begins_with_its_item() -> None:
    blocks = Blocks()
    item = {"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"}
    start_item(blocks, raw(item), 0, "call_9")
    assert blocks.take() == [ToolCallStarted("c", "f")]
    assert hear(blocks, item) == [ToolCallDelta("{}"), BlockEnded()]


def test_nothing_else_does() -> None:
    blocks = Blocks()
    for item in ({"type": "message", "role": "assistant"}, {"type": "web_search_call"}, None, {}):
        start_item(blocks, raw(item), 0, "call_9")
    hear_item(blocks, raw(None), 0, "call_9")
    assert blocks.take() == []


@pytest.mark.parametrize("item", [5, [], {"a": 1}])
def test_what_is_no_item_is_refused(item: object) -> None:
    for hear_any in (hear_item, start_item):
        with pytest.raises(BadAnswer):
            hear_any(Blocks(), raw(item), 0, "call_9")
