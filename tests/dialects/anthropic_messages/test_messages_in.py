"""The system prompt and the messages, into words."""

import json
from typing import Any

import msgspec
import pytest

from waystation.dialects.anthropic_messages.messages_in import decode_messages
from waystation.dialects.anthropic_messages.own import Rest
from waystation.dialects.table import Table
from waystation.wire.chat import Message, TextPart, ToolResultPart
from waystation.wire.errors import BadRequest

HI = {"role": "user", "content": "Hi"}
USER = Message(role="user", parts=(TextPart(text="Hi"),))


def read(*messages: Any, **more: Any) -> tuple[Message, ...]:
    return decode_messages(Table(json.dumps({"messages": messages, **more}).encode()))


@pytest.mark.parametrize("system", ["Be brief.", [{"type": "text", "text": "Be brief."}]])
def test_the_system_prompt_comes_first(system: object) -> None:
    assert read(HI, system=system) == (Message(role="system", parts=(TextPart(text="Be brief."),)), USER)


@pytest.mark.parametrize("system", ["", [], None, [{"type": "text", "text": "x-anthropic-billing-header: cc=1;"}]])
def test_no_system_prompt_is_no_message(system: object) -> None:
    assert read(HI, system=system) == (USER,)


def test_only_the_first_block_can_be_claude_codes_note() -> None:
    blocks = [{"type": "text", "text": text} for text in ("x-anthropic-billing-header: cc=1;", "Be brief.")]
    assert read(HI, system=blocks)[0].parts == (TextPart(text="Be brief."),)
    assert len(read(HI, system=blocks[::-1])[0].parts) == 2


def test_roles_stay_where_they_are() -> None:
    got = read(HI, {"role": "assistant", "content": []}, {"role": "system", "content": "Now."})
    assert [message.role for message in got] == ["user", "assistant", "system"]


def test_results_of_tools_are_messages_of_their_own() -> None:
    results = [{"type": "tool_result", "tool_use_id": name, "content": "r"} for name in "ab"]
    got = read({"role": "user", "content": [*results, {"type": "text", "text": "Hi"}, results[0]], "x": 1})
    parts = tuple(ToolResultPart(call_id=name, parts=(TextPart(text="r"),)) for name in "ab")
    assert got == (
        Message(role="tool", parts=parts, extras={"x": msgspec.Raw(b"1")}),
        Rest(role="user", parts=(TextPart(text="Hi"),)),
        Rest(role="tool", parts=parts[:1]),
    )


@pytest.mark.parametrize(
    ("message", "param"),
    [
        ({"role": "tool", "content": "x"}, "messages[0].role"),
        ({"content": "x"}, "messages[0].role"),
        ({"role": "user"}, "messages[0].content"),
        ({"role": "user", "content": None}, "messages[0].content"),
        ({"role": "user", "content": 5}, "messages[0].content"),
        (5, "messages[0]"),
    ],
)
def test_a_mistake_is_named(message: Any, param: str) -> None:
    with pytest.raises(BadRequest) as caught:
        read(message)
    assert caught.value.param == param


@pytest.mark.parametrize("body", [b"{}", b'{"messages":[]}', b'{"messages":null}'])
def test_no_messages_are_refused(body: bytes) -> None:
    with pytest.raises(BadRequest, match="at least one message"):
        decode_messages(Table(body))
