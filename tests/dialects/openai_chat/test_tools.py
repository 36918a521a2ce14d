"""Tools, both ways."""

import json
from typing import Any

import msgspec
import pytest

from waystation.dialects.losses import Losses
from waystation.dialects.openai_chat.tools import OldFunction, decode_choice, decode_tools, encode_tools
from waystation.dialects.table import Table
from waystation.wire.chat import (
    ChatRequest,
    CustomTool,
    ForeignTool,
    FunctionTool,
    Tool,
    ToolChoice,
)
from waystation.wire.dialect import Dialect
from waystation.wire.errors import BadRequest
from waystation.wire.loss import Loss

F = FunctionTool(name="f")
G = FunctionTool(name="g")
GRAMMAR = {"type": "grammar", "grammar": {"syntax": "lark", "definition": "start: A"}}


def table(**members: Any) -> Table:
    return Table(json.dumps(members, separators=(",", ":")).encode())


def encode(
    *tools: Tool,
    choice: ToolChoice | None = None,
    source: Dialect = "openai.chat",
    custom: bool = False,
) -> tuple[Any, tuple[Loss, ...]]:
    losses = Losses(source, "openai.chat")
    request = ChatRequest(dialect=source, model="m", messages=(), tools=tools, tool_choice=choice)
    members = encode_tools(request, losses, custom=custom)
    return json.loads(msgspec.json.encode(members)), losses.found()


TOOLS: list[tuple[dict[str, Any], Tool]] = [
    ({"type": "function", "function": {"name": "f"}}, F),
    (
        {
            "type": "function",
            "function": {"name": "f", "description": "d", "parameters": {"a": 1}, "strict": True, "x": 1},
            "cache_control": {"type": "ephemeral", "ttl": "1h"},
            "y": 1,
        },
        FunctionTool(
            name="f",
            description="d",
            parameters=msgspec.Raw(b'{"a":1}'),
            strict=True,
            cache="1h",
            extras={"function.x": msgspec.Raw(b"1"), "y": msgspec.Raw(b"1")},
        ),
    ),
    ({"type": "custom", "custom": {"name": "c", "description": "d"}}, CustomTool(name="c", description="d")),
    (
        {"type": "custom", "custom": {"name": "c", "format": GRAMMAR}},
        CustomTool(name="c", grammar=("lark", "start: A")),
    ),
    (
        {"type": "web_search", "web_search": {"enable": True}},
        ForeignTool(
            dialect="openai.chat",
            kind="web_search",
            raw=msgspec.Raw(b'{"type":"web_search","web_search":{"enable":true}}'),
        ),
    ),
]


@pytest.mark.parametrize(("written", "tool"), TOOLS)
def test_tools_are_read_and_written_alike(written: dict[str, Any], tool: Tool) -> None:
    assert decode_tools(table(tools=[written])) == (tool,)
    assert encode(tool, custom=True) == ({"tools": [written]}, ())


def test_a_text_format_is_none() -> None:
    written = {"type": "custom", "custom": {"name": "c", "format": {"type": "text", "x": 1}}}
    assert decode_tools(table(tools=[written])) == (
        CustomTool(name="c", extras={"custom.format.x": msgspec.Raw(b"1")}),
    )


@pytest.mark.parametrize(
    ("tool", "param"),
    [
        (5, "tools[0]"),
        ({}, "tools[0].function"),
        ({"type": "function", "function": {}}, "tools[0].function.name"),
        ({"type": "custom", "custom": {}}, "tools[0].custom.name"),
        (
            {"type": "custom", "custom": {"name": "c", "format": {"grammar": {"syntax": "lark"}}}},
            "tools[0].custom.format.grammar.definition",
        ),
    ],
)
def test_a_broken_tool_is_refused(tool: object, param: str) -> None:
    with pytest.raises(BadRequest) as caught:
        decode_tools(table(tools=[tool]))
    assert caught.value.param == param


NAMED = {"type": "function", "function": {"name": "f"}}
SOME = {
    "type": "allowed_tools",
    "allowed_tools": {"mode": "auto", "tools": [NAMED, {"type": "custom", "custom": {"name": "c"}}]},
}


@pytest.mark.parametrize(
    ("written", "choice"),
    [
        ("none", ToolChoice("none")),
        ("auto", ToolChoice("auto")),
        ("required", ToolChoice("required")),
        (NAMED, ToolChoice("required", ("f",))),
        ({"type": "custom", "custom": {"name": "c"}}, ToolChoice("required", ("c",))),
        (SOME, ToolChoice("auto", ("f", "c"))),
        (
            {"type": "allowed_tools", "allowed_tools": {"mode": "required", "tools": [NAMED, NAMED]}},
            ToolChoice("required", ("f", "f")),
        ),
    ],
)
def test_choices_are_read_and_written_alike(written: object, choice: ToolChoice) -> None:
    assert decode_choice(table(tool_choice=written)) == (choice, {})
    found, losses = encode(F, CustomTool(name="c"), choice=choice, custom=True)
    assert (found["tool_choice"], losses) == (written, ())


def test_mistral_says_any() -> None:
    assert decode_choice(table(tool_choice="any")) == (ToolChoice("required"), {})
    assert decode_choice(table()) == (None, {})


@pytest.mark.parametrize("choice", ["validated", {"type": "web_search"}])
def test_a_choice_that_only_its_vendor_knows_is_left(choice: object) -> None:
    raw = msgspec.Raw(json.dumps(choice, separators=(",", ":")).encode())
    assert decode_choice(table(tool_choice=choice)) == (None, {"tool_choice": raw})


def test_a_broken_choice_is_refused() -> None:
    with pytest.raises(BadRequest) as caught:
        decode_choice(table(tool_choice={"type": "function"}))
    assert caught.value.param == "tool_choice.function"


def test_functions_are_tools_and_stay_functions() -> None:
    written = [{"name": "f", "description": "d", "parameters": {}, "x": 1}]
    tools = decode_tools(table(functions=written))
    expected = OldFunction(name="f", description="d", parameters=msgspec.Raw(b"{}"), extras={"x": msgspec.Raw(b"1")})
    assert tools == (expected,)
    assert encode(*tools) == ({"functions": written}, ())
    assert decode_choice(table(function_call={"name": "f"})) == (ToolChoice("required", ("f",)), {})
    assert encode(*tools, choice=ToolChoice("required", ("f",)))[0]["function_call"] == {"name": "f"}
    assert decode_choice(table(function_call="auto")) == (ToolChoice("auto"), {})
    assert encode(*tools, choice=ToolChoice("auto"))[0]["function_call"] == "auto"


def test_tools_that_a_vendor_cannot_have_are_grave_losses() -> None:
    tools = (CustomTool(name="c"), ForeignTool(dialect="anthropic.messages", kind="bash", raw=msgspec.Raw(b"{}")), F)
    assert encode(*tools, source="anthropic.messages") == (
        {"tools": [NAMED]},
        (
            Loss("tools[0]", "this vendor knows functions only", grave=True),
            Loss("tools[1]", "a tool that only anthropic.messages has", grave=True),
        ),
    )


def test_cache_marks_of_others_are_losses() -> None:
    found, losses = encode(FunctionTool(name="f", cache="5m"), source="anthropic.messages")
    assert found == {"tools": [NAMED]}
    assert [(loss.field, loss.grave) for loss in losses] == [("tools[0].cache", False)]


def test_a_choice_among_several_leaves_the_others_out_where_it_cannot_be_said() -> None:
    found, losses = encode(
        F, G, FunctionTool(name="h"), choice=ToolChoice("required", ("f", "g")), source="gemini.generate"
    )
    assert ([tool["function"]["name"] for tool in found["tools"]], found["tool_choice"]) == (["f", "g"], "required")
    assert losses == ()


def test_none_with_names_is_none() -> None:
    assert encode(F, choice=ToolChoice("none", ("f",)))[0]["tool_choice"] == "none"
    assert encode() == ({}, ())
