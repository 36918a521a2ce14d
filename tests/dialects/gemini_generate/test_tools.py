"""Tools and the choice among them."""

import json
from typing import Any

import msgspec
import pytest

from waystation.dialects.gemini_generate.fields import Fields
from waystation.dialects.gemini_generate.own import GivenFunction, Validated
from waystation.dialects.gemini_generate.tools import decode_choice, decode_tools, encode_tools
from waystation.dialects.losses import Losses
from waystation.wire.chat import ChatRequest, CustomTool, ForeignTool, FunctionTool, Tool, ToolChoice
from waystation.wire.dialect import Dialect
from waystation.wire.errors import BadRequest

SCHEMA = msgspec.Raw(b'{"type":"object"}')


def tools(*given: Any) -> tuple[Tool, ...]:
    return decode_tools(Fields(json.dumps({"tools": given}).encode()))


def choice(config: Any) -> tuple[ToolChoice | None, dict[str, object]]:
    got, extras = decode_choice(Fields(json.dumps({"toolConfig": config}).encode()))
    return got, {name: json.loads(bytes(raw)) for name, raw in extras.items()}


def encoded(source: Dialect = "openai.chat", **request: Any) -> tuple[Any, list[tuple[str, bool]]]:
    losses = Losses(source, "gemini.generate")
    got = encode_tools(ChatRequest(dialect=source, model="m", messages=(), **request), losses)
    return json.loads(msgspec.json.encode(got)), [(loss.field, loss.grave) for loss in losses.found()]


def test_each_function_and_each_of_geminis_own_is_a_tool() -> None:
    got = tools(
        {"function_declarations": [{"name": "f"}, {"name": "g"}], "googleSearch": {"a": 1}}, {"codeExecution": {}}
    )
    assert got[:2] == (FunctionTool(name="f"), FunctionTool(name="g"))
    assert [(tool.kind, bytes(tool.raw)) for tool in got if isinstance(tool, ForeignTool)] == [
        ("googleSearch", b'{"googleSearch":{"a": 1}}'),
        ("codeExecution", b'{"codeExecution":{}}'),
    ]
    assert tools() == ()


def test_schemas_come_in_both_forms() -> None:
    old, new, both = tools(
        {
            "functionDeclarations": [
                {"name": "f", "description": "d", "parameters": {"type": "OBJECT"}},
                {"name": "g", "parametersJsonSchema": {"type": "object"}, "response": {}},
                {"name": "h", "parametersJsonSchema": {}, "parameters": {"type": "OBJECT"}},
            ]
        }
    )
    assert isinstance(old, GivenFunction)
    assert (bytes(old.parameters or b""), bytes(old.schema)) == (b'{"type":"object"}', b'{"type": "OBJECT"}')
    assert isinstance(new, FunctionTool)
    assert bytes(new.parameters or b"") == b'{"type": "object"}'
    assert list(new.extras) == ["response"]
    assert isinstance(both, FunctionTool)
    assert list(both.extras) == ["parameters"]


def test_a_function_has_a_name() -> None:
    with pytest.raises(BadRequest) as caught:
        tools({"functionDeclarations": [{}]})
    assert caught.value.param == "tools[0].functionDeclarations[0].name"


@pytest.mark.parametrize(
    ("calling", "expected"),
    [
        ({"mode": "AUTO"}, ToolChoice("auto")),
        ({"mode": "ANY", "allowed_function_names": ["f"]}, ToolChoice("required", ("f",))),
        ({"mode": "NONE"}, ToolChoice("none")),
        ({"mode": "VALIDATED"}, Validated("auto")),
        ({}, ToolChoice("auto")),
    ],
)
def test_a_choice_is_read(calling: object, expected: ToolChoice) -> None:
    assert choice({"functionCallingConfig": calling}) == (expected, {})


def test_what_is_not_known_of_a_choice_is_kept() -> None:
    assert choice({"functionCallingConfig": {"mode": "NEW", "x": 1}, "retrievalConfig": {}}) == (
        None,
        {
            "toolConfig.functionCallingConfig.mode": "NEW",
            "toolConfig.functionCallingConfig.x": 1,
            "toolConfig.retrievalConfig": {},
        },
    )
    assert choice({"retrievalConfig": {}}) == (None, {"toolConfig.retrievalConfig": {}})
    assert choice(None) == (None, {})


def test_functions_are_written_with_json_schemas() -> None:
    own = ForeignTool(dialect="gemini.generate", kind="googleSearch", raw=msgspec.Raw(b'{"googleSearch":{}}'))
    one, other = FunctionTool(name="f", description="d", parameters=SCHEMA), FunctionTool(name="g", strict=False)
    got, lost = encoded(tools=(one, other, own, FunctionTool(name="h")))
    f = {"name": "f", "description": "d", "parametersJsonSchema": {"type": "object"}}
    assert got == {
        "tools": [
            {"functionDeclarations": [f, {"name": "g"}]},
            {"googleSearch": {}},
            {"functionDeclarations": [{"name": "h"}]},
        ]
    }
    assert lost == []


def test_geminis_own_schema_is_given_back_to_it_only() -> None:
    tool = GivenFunction(name="f", parameters=SCHEMA, schema=msgspec.Raw(b'{"type":"OBJECT"}'))
    (own, _), (others, _) = encoded("gemini.generate", tools=(tool,)), encoded(tools=(tool,))
    assert own["tools"][0]["functionDeclarations"] == [{"name": "f", "parameters": {"type": "OBJECT"}}]
    assert others["tools"][0]["functionDeclarations"] == [{"name": "f", "parametersJsonSchema": {"type": "object"}}]


@pytest.mark.parametrize(
    ("tool", "lost"),
    [
        (FunctionTool(name="f", strict=True), [("tools[0].strict", False)]),
        (FunctionTool(name="f", cache="5m"), [("tools[0].cache", False)]),
        (FunctionTool(name="f", extras={"x": SCHEMA}), [("tools[0].x", False)]),
        (CustomTool(name="f"), [("tools[0]", True)]),
        (ForeignTool(dialect="openai.responses", kind="web_search", raw=SCHEMA), [("tools[0]", True)]),
    ],
)
def test_what_gemini_does_not_have_is_lost(tool: Tool, lost: list[tuple[str, bool]]) -> None:
    assert encoded(tools=(tool,))[1] == lost


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (ToolChoice("auto"), {"mode": "AUTO"}),
        (ToolChoice("none", ("f",)), {"mode": "NONE"}),
        (ToolChoice("required"), {"mode": "ANY"}),
        (ToolChoice("required", ("f",)), {"mode": "ANY", "allowedFunctionNames": ["f"]}),
        (ToolChoice("auto", ("f",)), {"mode": "VALIDATED", "allowedFunctionNames": ["f"]}),
        (Validated("auto"), {"mode": "VALIDATED"}),
    ],
)
def test_a_choice_is_written(given: ToolChoice, expected: object) -> None:
    assert encoded(tool_choice=given)[0] == {"toolConfig": {"functionCallingConfig": expected}}


@pytest.mark.parametrize(("parallel", "lost"), [(None, []), (True, []), (False, [("parallel_tool_calls", False)])])
def test_calls_can_not_be_kept_apart(parallel: bool | None, lost: object) -> None:
    assert encoded(parallel_tool_calls=parallel) == ({}, lost)
