"""What the assistant said in one or more items."""

import json
from typing import Any

import msgspec
import pytest

from waystation.dialects.openai_responses.own import Item, SpacedCall, Summaries
from waystation.dialects.openai_responses.seals import sealed_call, sealed_text, sealed_thoughts
from waystation.dialects.openai_responses.speech_in import Speech, joined, kind_of
from waystation.dialects.seal import wrap
from waystation.dialects.table import Table
from waystation.wire.chat import ForeignPart, Seal, TextPart, ToolCallPart
from waystation.wire.errors import BadRequest

SEAL = Seal("gemini.generate", "CiQB")
CALL = {"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"}


def hear(*items: dict[str, Any], answer: bool = False) -> Speech:
    speech = Speech("call_9", answer=answer)
    for at, item in enumerate(items):
        raw = msgspec.Raw(json.dumps(item, separators=(",", ":")).encode())
        table = Table(raw, f"input[{at}]")
        speech.hear(table, kind_of(table), raw, at)
    return speech


def test_a_message_keeps_what_it_says_of_itself() -> None:
    speech = hear({"type": "message", "role": "assistant", "id": "msg_1", "phase": "commentary", "content": "a"})
    phase = msgspec.Raw(b'"commentary"')
    assert speech.parts == [TextPart(text="a")]
    assert speech.extras == {"phase": phase}
    assert speech.items == [Item("message", 1, {"id": msgspec.Raw(b'"msg_1"'), "phase": phase})]
    assert (speech.has_text, speech.has_calls) == (True, False)


def test_thoughts_are_one_text() -> None:
    item = {
        "type": "reasoning",
        "id": "rs_1",
        "summary": [{"type": "summary_text", "text": "a"}, {"type": "summary_text", "text": "b"}],
        "content": [{"type": "reasoning_text", "text": "c"}],
        "encrypted_content": "enc",
    }
    assert hear(item).parts == [
        Summaries(
            text="a\n\nb\n\nc",
            seal=Seal("openai.responses", "rs_1 enc"),
            summary=("a", "b"),
            content=("c",),
        )
    ]
    assert joined(("", "a"), ("b",)) == "a\n\nb"


def test_thoughts_that_hold_nothing_are_kept_of_a_request_only() -> None:
    item = {"type": "reasoning", "id": 5, "summary": "odd"}
    odd = {"summary": msgspec.Raw(b'"odd"')}
    assert hear(item).parts == [Summaries(text="", summary=(), content=(), extras=odd)]
    assert hear(item, answer=True).parts == []


@pytest.mark.parametrize("identity", [b"5", b'"\xff"'])
def test_an_id_that_is_none_is_no_id(identity: bytes) -> None:
    raw = msgspec.Raw(b'{"type":"reasoning","id":%s,"encrypted_content":"enc"}' % identity)
    speech = Speech("call_9")
    speech.hear(Table(raw, "input[0]"), "reasoning", raw, 0)
    (part,) = speech.parts
    assert isinstance(part, Summaries)
    assert part.seal == Seal("openai.responses", " enc")


def test_calls() -> None:
    custom = {"type": "custom_tool_call", "name": "g", "input": "x", "x": 1}
    speech = hear(CALL, custom)
    assert speech.parts == [
        ToolCallPart(id="c", name="f", arguments="{}"),
        ToolCallPart(id="call_9_1", name="g", arguments="x", custom=True, extras={"x": msgspec.Raw(b"1")}),
    ]
    assert (speech.has_calls, speech.has_text) == (True, False)


def test_a_call_in_a_namespace_has_a_flat_name() -> None:
    call = SpacedCall(id="c", name="mcp__docs__f", arguments="{}", space="mcp__docs__", bare="f")
    assert hear({**CALL, "namespace": "mcp__docs__"}).parts == [call]


def test_the_seal_of_the_next_call() -> None:
    parts = hear({"type": "reasoning", "id": "rs_call_1", "summary": [], "encrypted_content": wrap(SEAL)}, CALL).parts
    assert parts == [ToolCallPart(id="c", name="f", arguments="{}", seal=SEAL)]


@pytest.mark.parametrize("before", [True, False])
def test_the_seal_of_a_call_that_it_names(before: bool) -> None:
    seal = {"type": "reasoning", "summary": [], "encrypted_content": sealed_call(SEAL, "c")}
    other = {**CALL, "call_id": "d"}
    items = (seal, other, CALL) if before else (CALL, other, seal)
    sealed = [part.id for part in hear(*items).parts if isinstance(part, ToolCallPart) and part.seal == SEAL]
    assert sealed == ["c"]


def test_the_seal_of_the_text_before_it() -> None:
    message = {"type": "message", "role": "assistant", "content": "a"}
    seal = {"type": "reasoning", "encrypted_content": sealed_text(SEAL)}
    assert hear(message, seal).parts == [TextPart(text="a", seal=SEAL)]
    assert hear(seal).parts == []


def test_thoughts_that_are_hidden() -> None:
    parts = hear({"type": "reasoning", "encrypted_content": sealed_thoughts(SEAL, redacted=True)}).parts
    assert parts == [Summaries(text="", seal=SEAL, redacted=True, summary=(), content=())]


def test_other_items_are_kept_whole() -> None:
    raw = msgspec.Raw(b'{"type":"web_search_call"}')
    assert hear({"type": "web_search_call"}).parts == [
        ForeignPart(dialect="openai.responses", kind="web_search_call", raw=raw)
    ]


def test_only_a_message_can_do_without_a_type() -> None:
    assert kind_of(Table(b'{"role":"assistant"}')) == "message"
    with pytest.raises(BadRequest, match="type"):
        kind_of(Table(b"{}"))
