"""Tools and the choice among them."""

import json
from typing import Any

import msgspec
import pytest

from waystation.dialects.losses import Losses
from waystation.dialects.openai_responses.own import SpacedCustom, SpacedFunction
from waystation.dialects.openai_responses.tools import decode_choice, decode_tools, encode_tools
from waystation.dialects.table import Table
from waystation.wire.chat import ChatRequest, CustomTool, ForeignTool, FunctionTool, Tool, ToolChoice
from waystation.wire.dialect import Dialect
from waystation.wire.errors import BadRequest
from waystation.wire.loss import Loss

ONE = msgspec.Raw(b"1")
EMPTY = msgspec.Raw(b"{}")
FUNCTION = {"type": "function", "name": "f", "description": "d", "parameters": {}, "strict": True}
CUSTOM = {"type": "custom", "name": "g", "format": {"type": "grammar", "syntax": "lark", "definition": "start: /.+/"}}
SPACE = {"type": "namespace", "name": "docs", "description": "d", "tools": [FUNCTION, CUSTOM]}


def compact(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def read(*tools: dict[str, Any]) -> tuple[Tool, ...]:
    return decode_tools(Table(compact({"tools": tools})))


def choose(choice: object) -> tuple[ToolChoice | None, dict[str, msgspec.Raw]]:
    found, left = decode_choice(Table(compact({"tool_choice": choice})))
    return found, dict(left)


def write(
    *tools: Tool, choice: ToolChoice | None = None, source: Dialect = "openai.chat"
) -> tuple[dict[str, Any], tuple[Loss, ...]]:
    losses = Losses(source, "openai.responses")
    request = ChatRequest(dialect=source, model="m", messages=(), tools=tools, tool_choice=choice)
    return json.loads(msgspec.json.encode(encode_tools(request, losses))), losses.found()


def test_functions_and_custom_tools() -> None:
    assert read({**FUNCTION, "x": 1}, CUSTOM) == (
        FunctionTool(name="f", description="d", parameters=EMPTY, strict=True, extras={"x": ONE}),
        CustomTool(name="g", grammar=("lark", "start: /.+/")),
    )


def test_formats_of_custom_tools() -> None:
    assert read({"type": "custom", "name": "g", "format": {"type": "text", "x": 1}}) == (
        CustomTool(name="g", extras={"format.x": ONE}),
    )
    odd = {"type": "regex"}
    assert read({"type": "custom", "name": "g", "format": odd}) == (
        CustomTool(name="g", extras={"format": msgspec.Raw(compact(odd))}),
    )
    assert read({"type": "custom", "name": "g"}) == (CustomTool(name="g"),)


def test_a_tool_that_the_vendor_runs() -> None:
    assert read({"type": "web_search"}) == (
        ForeignTool(dialect="openai.responses", kind="web_search", raw=msgspec.Raw(b'{"type":"web_search"}')),
    )


def test_each_tool_of_a_namespace_is_one() -> None:
    described = {"namespace.description": msgspec.Raw(b'"d"')}
    assert read(SPACE) == (
        SpacedFunction(
            name="docs__f",
            description="d",
            parameters=EMPTY,
            strict=True,
            extras=described,
            space="docs",
            bare="f",
        ),
        SpacedCustom(name="docs__g", grammar=("lark", "start: /.+/"), space="docs", bare="g"),
    )


@pytest.mark.parametrize("inner", [[], [{"type": "web_search"}]])
def test_a_namespace_of_anything_else_is_kept_whole(inner: list[Any]) -> None:
    (tool,) = read({"type": "namespace", "name": "n", "tools": inner})
    assert isinstance(tool, ForeignTool)


@pytest.mark.parametrize("tool", [FUNCTION, CUSTOM, SPACE, {"type": "mcp", "server_label": "s"}])
def test_the_same_language_gets_its_tools_back(tool: dict[str, Any]) -> None:
    assert write(*read(tool), source="openai.responses") == ({"tools": [tool]}, ())


def test_two_namespaces_stay_two() -> None:
    other = {**SPACE, "name": "maps"}
    assert write(*read(SPACE, other), source="openai.responses")[0] == {"tools": [SPACE, other]}


def test_functions_of_other_languages_are_not_strict_unless_they_say_so() -> None:
    written, losses = write(FunctionTool(name="f", cache="5m", extras={"x": ONE}), FunctionTool(name="g", strict=True))
    assert written["tools"] == [
        {"type": "function", "name": "f", "parameters": {"type": "object", "properties": {}}, "strict": False},
        {"type": "function", "name": "g", "parameters": {"type": "object", "properties": {}}, "strict": True},
    ]
    assert [loss.field for loss in losses] == ["tools[0].cache", "tools[0].x"]


def test_a_function_without_parameters_has_none_in_its_own_language() -> None:
    bare = {"type": "function", "name": "f", "parameters": None}
    assert write(*read(bare), source="openai.responses")[0] == {"tools": [bare]}


def test_another_vendors_own_tool_is_a_grave_loss() -> None:
    foreign = ForeignTool(dialect="anthropic.messages", kind="bash", raw=EMPTY)
    written, (loss,) = write(foreign)
    assert written == {}
    assert (loss.field, loss.grave) == ("tools[0]", True)


@pytest.mark.parametrize(
    ("choice", "words"),
    [
        ("none", ToolChoice("none")),
        ("auto", ToolChoice("auto")),
        ("required", ToolChoice("required")),
        ({"type": "function", "name": "f"}, ToolChoice("required", ("f",))),
        (
            {"type": "allowed_tools", "mode": "auto", "tools": [{"type": "function", "name": "f"}]},
            ToolChoice("auto", ("f",)),
        ),
        (
            {
                "type": "allowed_tools",
                "mode": "required",
                "tools": [{"type": "function", "name": "f"}, {"type": "custom", "name": "g"}],
            },
            ToolChoice("required", ("f", "g")),
        ),
    ],
)
def test_choices_both_ways(choice: object, words: ToolChoice) -> None:
    assert choose(choice) == (words, {})
    tools = (FunctionTool(name="f"), CustomTool(name="g"))
    assert write(*tools, choice=words, source="openai.responses")[0]["tool_choice"] == choice


def test_a_named_custom_tool() -> None:
    choice = {"type": "custom", "name": "g"}
    assert choose(choice) == (ToolChoice("required", ("g",)), {})
    written, _ = write(CustomTool(name="g"), choice=ToolChoice("required", ("g",)))
    assert written["tool_choice"] == choice


@pytest.mark.parametrize(
    "choice",
    [
        "any",
        {"type": "web_search"},
        {"type": "allowed_tools", "mode": "auto", "tools": [{"type": "mcp", "server_label": "s"}]},
    ],
)
def test_a_choice_that_only_its_vendor_reads_is_kept(choice: object) -> None:
    assert choose(choice) == (None, {"tool_choice": msgspec.Raw(compact(choice))})


def test_no_choice() -> None:
    assert choose(None) == (None, {})


@pytest.mark.parametrize(
    "tool", [{"type": "function"}, {"type": "custom"}, {"type": "namespace"}, {**CUSTOM, "format": {"type": "grammar"}}]
)
def test_what_lacks_a_name_is_refused(tool: dict[str, Any]) -> None:
    with pytest.raises(BadRequest):
        read(tool)
