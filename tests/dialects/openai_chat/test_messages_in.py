"""The messages of a request."""

import json
from typing import Any

import msgspec
import pytest

from waystation.dialects.openai_chat.messages_in import decode_messages
from waystation.dialects.table import Table
from waystation.wire.chat import Message, RefusalPart, TextPart, ToolCallPart, ToolResultPart
from waystation.wire.errors import BadRequest


def read(*messages: object) -> tuple[Message, ...]:
    return decode_messages(Table(json.dumps({"messages": messages}).encode()))


@pytest.mark.parametrize("role", ["system", "developer", "user", "assistant"])
def test_roles_are_kept_as_they_are(role: Any) -> None:
    (message,) = read({"role": role, "content": "hi", "name": "bob", "x": 1})
    expected = Message(role=role, parts=(TextPart(text="hi"),), name="bob", extras={"x": msgspec.Raw(b"1")})
    assert message == expected


def test_a_tools_result_is_one_part() -> None:
    call = {"id": "c", "type": "custom", "custom": {"name": "f", "input": "x"}}
    _, custom, plain = read(
        {"role": "assistant", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c", "content": [{"type": "text", "text": "r"}]},
        {"role": "tool", "tool_call_id": "d", "content": "r", "name": "g", "x": 1},
    )
    assert custom == Message(
        role="tool", parts=(ToolResultPart(call_id="c", parts=(TextPart(text="r"),), custom=True),)
    )
    assert plain == Message(
        role="tool",
        parts=(ToolResultPart(call_id="d", parts=(TextPart(text="r"),), name="g"),),
        extras={"x": msgspec.Raw(b"1")},
    )


def test_an_old_functions_result_answers_the_last_call() -> None:
    _, called, result = read(
        {"role": "user", "content": "hi"},
        {"role": "assistant", "function_call": {"name": "f", "arguments": "{}"}},
        {"role": "function", "name": "f", "content": "r"},
    )
    assert called.parts == (ToolCallPart(id="call_1_0", name="f", arguments="{}"),)
    assert result.parts == (ToolResultPart(call_id="call_1_0", parts=(TextPart(text="r"),), name="f"),)


def test_a_refusal_is_kept() -> None:
    assert read({"role": "assistant", "refusal": "no"})[0].parts == (RefusalPart(text="no"),)


@pytest.mark.parametrize(
    ("messages", "param"),
    [
        ((), "messages"),
        ((5,), "messages[0]"),
        (({},), "messages[0].role"),
        (({"role": "critic"},), "messages[0].role"),
        (({"role": "tool"},), "messages[0].tool_call_id"),
        (({"role": "user", "content": "a"}, {"role": "user", "content": {}}), "messages[1].content"),
        (
            ({"role": "tool", "tool_call_id": "c", "content": [{"type": "refusal", "refusal": "n"}]},),
            "messages[0].content",
        ),
    ],
)
def test_broken_messages_are_refused_by_their_place(messages: tuple[object, ...], param: str) -> None:
    with pytest.raises(BadRequest) as caught:
        read(*messages)
    assert caught.value.param == param
