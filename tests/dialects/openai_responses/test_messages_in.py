"""The items of a request, into messages."""

import json
from typing import Any

import msgspec
import pytest

from waystation.dialects.openai_responses.messages_in import decode_messages
from waystation.dialects.openai_responses.own import Given, Instructions, Items
from waystation.dialects.openai_responses.seals import sealed_text
from waystation.dialects.table import Table
from waystation.wire.chat import ForeignPart, ImagePart, Link, Message, Seal, TextPart, ToolCallPart, ToolResultPart
from waystation.wire.errors import BadRequest

HI = TextPart(text="hi")
CALL = {"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"}
RESULT = {"type": "function_call_output", "call_id": "c", "output": "7"}
REASONING = {"type": "reasoning", "summary": [], "encrypted_content": "e"}


def read(*items: Any, **members: Any) -> tuple[Message, ...]:
    body = {"input": list(items), **members} if items else members
    return decode_messages(Table(json.dumps(body, separators=(",", ":")).encode()))


def said(text: str) -> dict[str, str]:
    return {"role": "assistant", "content": text}


def shape(messages: tuple[Message, ...]) -> list[tuple[str, list[str]]]:
    return [(message.role, [type(part).__name__ for part in message.parts]) for message in messages]


def test_a_string_is_what_the_user_says() -> None:
    assert read(input="hi") == (Message(role="user", parts=(HI,)),)


def test_instructions_come_first() -> None:
    assert read(input="hi", instructions="be") == (
        Instructions(role="system", parts=(TextPart(text="be"),)),
        Message(role="user", parts=(HI,)),
    )


@pytest.mark.parametrize("role", ["system", "developer", "user"])
def test_roles(role: str) -> None:
    messages = read({"type": "message", "role": role, "content": "hi", "id": "msg_1", "x": 1})
    assert [(message.role, message.parts) for message in messages] == [(role, (HI,))]
    assert messages[0].extras == {"x": msgspec.Raw(b"1")}


def test_thoughts_text_and_calls_of_one_turn_are_one_message() -> None:
    found = shape(read({"role": "user", "content": "hi"}, REASONING, said("I look."), CALL, RESULT, said("7.")))
    assert found == [
        ("user", ["TextPart"]),
        ("assistant", ["Summaries", "TextPart", "ToolCallPart"]),
        ("tool", ["ToolResultPart"]),
        ("assistant", ["TextPart"]),
    ]


def test_a_second_text_begins_another_message() -> None:
    assert shape(read(said("a"), said("b"), REASONING, said("c"))) == [
        ("assistant", ["TextPart"]),
        ("assistant", ["TextPart"]),
        ("assistant", ["Summaries", "TextPart"]),
    ]


def test_but_not_between_calls_and_their_results() -> None:
    assert shape(read(said("a"), CALL, REASONING, {**CALL, "call_id": "d"}, RESULT)) == [
        ("assistant", ["TextPart", "ToolCallPart", "Summaries", "ToolCallPart"]),
        ("tool", ["ToolResultPart"]),
    ]


def test_results_of_tools() -> None:
    image = {"type": "input_image", "image_url": "https://x"}
    custom = {"type": "custom_tool_call_output", "call_id": "d", "output": [image], "namespace": "n", "name": "g"}
    first, second = read(RESULT, custom)
    assert first.parts == (ToolResultPart(call_id="c", parts=(TextPart(text="7"),)),)
    picture = ImagePart(source=Link("https://x"))
    assert second.parts == (ToolResultPart(call_id="d", parts=(picture,), custom=True, name="g"),)
    assert isinstance(second, Items)
    assert second.items[0].members == {"namespace": msgspec.Raw(b'"n"')}


def test_what_only_the_vendor_reads_stands_where_it_was() -> None:
    items = (
        {"type": "local_shell_call", "id": "l"},
        {"type": "local_shell_call_output", "id": "l"},
        {"id": "msg_1"},
        {"type": "function_call_output", "output": "without a call"},
    )
    messages = read(*items)
    assert [message.role for message in messages] == ["assistant", "user", "user", "user"]
    kinds = [part.kind for message in messages for part in message.parts if isinstance(part, ForeignPart)]
    assert kinds == ["local_shell_call", "local_shell_call_output", "item_reference", "function_call_output"]


def test_what_may_stand_for_the_input() -> None:
    part = ForeignPart(dialect="openai.responses", kind="prompt", raw=msgspec.Raw(b'{"id":"p"}'))
    assert read(prompt={"id": "p"}) == (Given(role="user", parts=(part,), member="prompt"),)
    assert read(previous_response_id="resp_1") == ()
    assert [type(message) for message in read(input="hi", conversation="conv_1")] == [Given, Message]


@pytest.mark.parametrize(
    ("members", "param"),
    [
        ({}, "input"),
        ({"input": {}}, "input"),
        ({"input": [5]}, "input[0]"),
        ({"input": [{}]}, "input[0].type"),
        ({"input": [{"role": "tool"}]}, "input[0].role"),
        ({"input": [{"role": "user", "content": 5}]}, "input[0].content"),
        ({"input": [{**RESULT, "output": [{"type": "refusal", "refusal": "x"}]}]}, "input[0].output"),
        ({"input": [{**RESULT, "call_id": 5}]}, "input[0].call_id"),
        ({"input": "hi", "instructions": 5}, "instructions"),
    ],
)
def test_what_is_wrong_is_named(members: dict[str, Any], param: str) -> None:
    with pytest.raises(BadRequest) as raised:
        read(**members)
    assert raised.value.param == param


def test_calls_without_an_id_get_one() -> None:
    (message,) = read({"type": "function_call", "name": "f"})
    assert message.parts == (ToolCallPart(id="call_0", name="f", arguments=""),)


def test_the_seal_of_a_text_comes_back_to_it() -> None:
    seal = Seal("gemini.generate", "c2VhbA==")
    said = {"role": "assistant", "content": "Hi!"}
    sealing = {"id": "rs_text_1", "type": "reasoning", "summary": [], "encrypted_content": sealed_text(seal)}
    body = json.dumps({"model": "m", "input": [said, sealing, {"role": "user", "content": "And?"}]}).encode()
    first, second = decode_messages(Table(body))
    assert [part.seal for part in first.parts if isinstance(part, TextPart)] == [seal]
    assert (len(first.parts), second.role) == (1, "user")
