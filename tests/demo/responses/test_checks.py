"""What OpenAI refuses."""

from typing import Any

import msgspec
import pytest

from waystation.demo.refusals import Refused
from waystation.demo.responses.ask import ResponsesAsk
from waystation.demo.responses.checks import check_items, check_options, seal
from waystation.demo.responses.items import read_item

USER = {"role": "user", "content": "Hi"}
SAID = {"role": "assistant", "content": "So"}
THOUGHT = {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": seal("rs_1")}
CALL = {"type": "function_call", "call_id": "call_1", "name": "f", "arguments": "{}"}
OUTPUT = {"type": "function_call_output", "call_id": "call_1", "output": "done"}
SEARCH = {"type": "web_search_call", "id": "ws_1"}


def _items(*items: dict[str, Any], stored: tuple[str, ...] = ()) -> None:
    check_items([read_item(item, number) for number, item in enumerate(items)], lambda item_id: item_id in stored)


@pytest.mark.parametrize(
    "items",
    [
        [USER],
        [USER, THOUGHT, CALL, OUTPUT],
        [USER, THOUGHT, SAID, USER],
        [USER, THOUGHT, {**THOUGHT, "id": "rs_2", "encrypted_content": seal("rs_2")}, CALL, OUTPUT],
        [USER, THOUGHT, SEARCH, SAID, USER],
        [USER, CALL, SAID, OUTPUT],
    ],
)
def test_a_conversation_that_is_well_formed_is_taken(items: list[dict[str, Any]]) -> None:
    _items(*items)


@pytest.mark.parametrize(
    ("items", "status", "text"),
    [
        ([USER, OUTPUT], 400, "No tool call found for function call output with call_id call_1"),
        ([USER, OUTPUT, CALL], 400, "No tool call found"),
        ([USER, CALL], 400, "No tool output found for function call call_1"),
        ([USER, {**THOUGHT, "encrypted_content": "gAAA"}, SAID], 400, "could not be decrypted or parsed"),
        ([USER, {**THOUGHT, "id": "rs_2"}, SAID], 400, "item_id did not match"),
        ([USER, THOUGHT], 400, "'rs_1' of type 'reasoning' was provided without its required following item"),
        ([USER, THOUGHT, USER], 400, "required following item"),
        ([USER, CALL, THOUGHT, OUTPUT], 400, "required following item"),
        ([USER, {"type": "reasoning", "id": "rs_9", "summary": []}, SAID], 404, "'rs_9' not found"),
    ],
)
def test_a_conversation_that_is_not_is_refused(items: list[dict[str, Any]], status: int, text: str) -> None:
    with pytest.raises(Refused, match=text) as refused:
        _items(*items)
    assert refused.value.refusal.status == status


def test_a_foreign_seal_has_its_own_code() -> None:
    for spoiled in ({"encrypted_content": "gAAA"}, {"id": "rs_2"}):
        with pytest.raises(Refused) as refused:
            _items(USER, {**THOUGHT, **spoiled}, SAID)
        assert refused.value.refusal.code == "invalid_encrypted_content"


def test_a_stored_thought_needs_no_seal() -> None:
    bare = {"type": "reasoning", "id": "rs_1", "summary": []}
    _items(USER, bare, SAID, stored=("rs_1",))
    _items(USER, bare, stored=("rs_1",))


def _options(**asked: Any) -> None:
    check_options(msgspec.convert({"model": "m", "input": "Hi", **asked}, ResponsesAsk))


SCHEMA = {"type": "object", "properties": {"a": {}}}
FUNCTION = {"type": "function", "name": "f", "parameters": SCHEMA}
STRICT = {**FUNCTION, "strict": True}


@pytest.mark.parametrize(
    ("asked", "param"),
    [
        ({"model": ""}, None),
        ({"input": None}, "input"),
        ({"max_output_tokens": 15}, "max_output_tokens"),
        ({"stream_options": {}}, "stream_options"),
        ({"include": ["reasoning.encrypted_content", "x"]}, "include[1]"),
        ({"tools": [{"type": "function", "function": {"name": "f"}}]}, "tools[0].name"),
        ({"tools": [{"type": "web_search"}, {"type": "custom"}]}, "tools[1].name"),
        ({"tools": [STRICT]}, "tools[0].parameters"),
        ({"tools": [{**STRICT, "parameters": {"properties": []}}]}, "tools[0].parameters"),
        ({"tool_choice": "any"}, "tool_choice"),
        ({"tools": [FUNCTION], "tool_choice": {"type": "function", "name": "g"}}, "tool_choice"),
        ({"tools": [FUNCTION], "tool_choice": {"type": "custom", "name": "f"}}, "tool_choice"),
    ],
)
def test_options_that_are_wrong_are_named(asked: dict[str, Any], param: str | None) -> None:
    with pytest.raises(Refused) as refused:
        _options(**asked)
    assert (refused.value.refusal.status, refused.value.refusal.param) == (400, param)


@pytest.mark.parametrize(
    "asked",
    [
        {"input": None, "prompt": {"id": "pmpt_1"}},
        {"input": None, "previous_response_id": "resp_1"},
        {"max_output_tokens": 16},
        {"stream": True, "stream_options": {"include_obfuscation": False}},
        {"tools": [FUNCTION], "tool_choice": {"type": "function", "name": "f"}},
        {"tools": [FUNCTION], "tool_choice": {"type": "allowed_tools", "mode": "auto", "tools": []}},
        {"tools": [{**STRICT, "parameters": {**SCHEMA, "required": ["a"], "additionalProperties": False}}]},
    ],
)
def test_options_that_are_right_are_taken(asked: dict[str, Any]) -> None:
    _options(**asked)


@pytest.mark.parametrize("required", ["a", {"a": 1}, [{"a": 1}], []])
def test_a_strict_schema_names_every_property(required: object) -> None:
    schema = {**SCHEMA, "additionalProperties": False, "required": required}
    with pytest.raises(Refused, match="Invalid schema for function 'f'"):
        _options(tools=[{**STRICT, "parameters": schema}])
