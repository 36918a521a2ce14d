"""Which tool is called, and that its arguments fit the schema."""

import json
from typing import Any

import pytest

from tests.demo.raw import HELLO
from waystation.demo.ask import AskedFunction, ChatAsk, read_ask
from waystation.demo.tools import arguments, chosen_tool, is_named

TOOLS = [{"type": "function", "function": {"name": name}} for name in ("first", "second")]


def _ask(**more: Any) -> ChatAsk:
    return read_ask(json.dumps({**HELLO, "tools": TOOLS, **more}).encode())


def _chosen(ask: ChatAsk) -> str | None:
    function = chosen_tool(ask)
    return function.name if function else None


def test_the_first_tool_is_called() -> None:
    assert _chosen(_ask()) == "first"
    assert _chosen(_ask(tool_choice="required")) == "first"


def test_a_named_tool_is_called() -> None:
    ask = _ask(tool_choice={"type": "function", "function": {"name": "second"}})
    assert (_chosen(ask), is_named(ask)) == ("second", True)


@pytest.mark.parametrize(
    "more",
    [
        {"tools": None},
        {"tools": []},
        {"tools": [{"type": "custom", "custom": {"name": "grep"}}]},
        {"tool_choice": "none"},
        {"messages": [{"role": "tool", "content": "42", "tool_call_id": "call_1"}]},
    ],
)
def test_otherwise_the_answer_is_text(more: dict[str, Any]) -> None:
    assert _chosen(_ask(**more)) is None


def _arguments(properties: dict[str, Any]) -> Any:
    return json.loads(arguments(AskedFunction("f", {"type": "object", "properties": properties}), "said"))


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"type": "string"}, "said"),
        ({}, "said"),
        (True, "said"),
        ({"type": "integer"}, 1),
        ({"type": "integer", "minimum": 18}, 18),
        ({"type": "number"}, 1.5),
        ({"type": "boolean"}, True),
        ({"type": "null"}, None),
        ({"type": ["integer", "null"]}, 1),
        ({"type": []}, "said"),
        ({"enum": ["celsius", "kelvin"]}, "celsius"),
        ({"const": 7}, 7),
        ({"anyOf": [{"type": "integer"}, {"type": "null"}]}, 1),
        ({"type": "array", "items": {"type": "integer"}}, [1]),
        ({"type": "array"}, []),
        ({"type": "object", "properties": {"x": {"type": "boolean"}}}, {"x": True}),
        ({"type": "object"}, {}),
    ],
)
def test_a_value_fits_its_schema(schema: object, expected: object) -> None:
    assert _arguments({"value": schema}) == {"value": expected}


def test_a_function_without_parameters_gets_an_empty_object() -> None:
    assert arguments(AskedFunction("f"), "said") == "{}"


def test_nesting_ends_somewhere() -> None:
    schema: dict[str, Any] = {"type": "integer"}
    for _ in range(50):
        schema = {"type": "array", "items": schema}
    assert json.dumps(_arguments({"value": schema})).count("[") <= 10
