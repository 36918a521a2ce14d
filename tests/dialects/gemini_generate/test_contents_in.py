"""Contents into messages."""

import json
from typing import Any

import pytest

from waystation.dialects.gemini_generate.contents_in import decode_contents
from waystation.dialects.gemini_generate.fields import Fields
from waystation.dialects.gemini_generate.own import Rest
from waystation.dialects.seal import wrap
from waystation.wire.chat import Message, Seal, TextPart, ThinkingPart, ToolCallPart, ToolResultPart
from waystation.wire.errors import BadRequest

HI = TextPart(text="hi")


def decoded(*contents: Any, **more: Any) -> tuple[Message, ...]:
    return decode_contents(Fields(json.dumps({"contents": contents, **more}).encode()))


def call(name: str, identity: str | None = None) -> dict[str, Any]:
    return {"functionCall": {"name": name, "id": identity}}


def result(name: str, identity: str | None = None) -> dict[str, Any]:
    return {"functionResponse": {"name": name, "id": identity, "response": {"output": name}}}


def ids(*contents: Any) -> list[str]:
    parts = [part for message in decoded(*contents) for part in message.parts]
    calls = [part.id for part in parts if isinstance(part, ToolCallPart)]
    return calls + [part.call_id for part in parts if isinstance(part, ToolResultPart)]


@pytest.mark.parametrize(
    ("role", "expected"),
    [(None, "user"), ("", "user"), ("user", "user"), ("function", "user"), ("model", "assistant")],
)
def test_a_content_is_a_message(role: str | None, expected: str) -> None:
    (message,) = decoded({"role": role, "parts": [{"text": "hi"}], "x": 1})
    assert (message.role, message.parts, list(message.extras)) == (expected, (HI,), ["x"])


def test_single_objects_stand_for_arrays() -> None:
    request = Fields(b'{"contents":{"parts":{"text":"hi"}}}')
    assert decode_contents(request) == (Message(role="user", parts=(HI,)),)


def test_a_content_may_be_empty() -> None:
    assert decoded({"role": "model"}) == (Message(role="assistant", parts=()),)


@pytest.mark.parametrize(
    "instruction", ["hi", {"role": "system", "parts": [{"text": "hi"}]}, {"parts": {"text": "hi"}}]
)
def test_the_instruction_comes_first(instruction: object) -> None:
    messages = decoded({"parts": [{"text": "hi"}]}, system_instruction=instruction)
    assert messages == (Message(role="system", parts=(HI,)), Message(role="user", parts=(HI,)))


def test_results_are_messages_of_their_own() -> None:
    messages = decoded({"role": "user", "parts": [{"text": "a"}, result("f"), result("g"), {"text": "b"}], "x": 1})
    assert [message.role for message in messages] == ["user", "tool", "user"]
    assert [isinstance(message, Rest) for message in messages] == [False, True, True]
    assert [len(message.extras) for message in messages] == [1, 0, 0]


def test_results_without_ids_are_matched_by_name_and_order() -> None:
    calls = {"role": "model", "parts": [call("f"), call("g"), call("f")]}
    made = ["call_0_0", "call_0_1", "call_0_2"]
    assert ids(calls, {"parts": [result("g"), result("f"), result("f")]}) == [*made, made[1], made[0], made[2]]


def test_results_with_ids_belong_to_these() -> None:
    calls = {"role": "model", "parts": [call("f", "x"), call("f", "y")]}
    assert ids(calls, {"parts": [result("f", "y"), result("f")]}) == ["x", "y", "y", "x"]


def test_a_result_with_an_id_that_no_call_has_is_matched_by_name() -> None:
    calls = {"role": "model", "parts": [call("f"), call("g", "y")]}
    assert ids(calls, {"parts": [result("g", "y"), result("f", "z")]}) == ["call_0_0", "y", "y", "call_0_0"]


def test_a_result_that_answers_nothing_has_an_id_of_its_own() -> None:
    assert ids({"parts": [result("f"), result("f", "z")]}) == ["call_0_0", "z"]


def test_a_result_without_a_name_has_its_calls() -> None:
    calls = {"role": "model", "parts": [call("f", "x")]}
    _, message = decoded(calls, {"parts": [{"functionResponse": {"id": "x", "response": {}}}]})
    part = message.parts[0]
    assert isinstance(part, ToolResultPart)
    assert part.name == "f"


def test_thoughts_are_joined_for_another_vendors_seal() -> None:
    seal = Seal("anthropic.messages", "s")
    thoughts = [{"text": "a", "thought": True}, {"text": "b", "thought": True, "thoughtSignature": wrap(seal)}]
    (message,) = decoded({"role": "model", "parts": thoughts})
    assert message.parts == (ThinkingPart(text="ab", seal=seal),)


@pytest.mark.parametrize(
    ("body", "param"),
    [
        (b"{}", "contents"),
        (b'{"contents":[]}', "contents"),
        (b'{"contents":"hi"}', "contents"),
        (b'{"contents":[{"role":"assistant"}]}', "contents[0].role"),
        (b'{"contents":[{"parts":["hi"]}]}', "contents[0].parts[0]"),
        (b'{"contents":[{}],"systemInstruction":5}', "systemInstruction"),
    ],
)
def test_what_can_not_be_understood_is_refused(body: bytes, param: str) -> None:
    with pytest.raises(BadRequest) as caught:
        decode_contents(Fields(body))
    assert caught.value.param == param
