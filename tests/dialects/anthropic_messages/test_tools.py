"""Tools and the choice among them, both ways."""

import json
from typing import Any

import msgspec
import pytest

from waystation.dialects.anthropic_messages.families import family_of
from waystation.dialects.anthropic_messages.tools import decode_choice, decode_tools, encode_tools
from waystation.dialects.losses import Losses
from waystation.dialects.table import Table
from waystation.wire.chat import ChatRequest, CustomTool, ForeignTool, FunctionTool, Tool, ToolChoice
from waystation.wire.dialect import Dialect
from waystation.wire.errors import BadRequest
from waystation.wire.loss import Loss

SCHEMA = msgspec.Raw(b'{"type":"object","properties":{}}')
F, G = (FunctionTool(name=name, parameters=SCHEMA) for name in "fg")
OPEN = {"type": "object", "properties": {}}


def raw(given: object) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode(given))


def encode(
    *tools: Tool, model: str = "claude-sonnet-4-5", source: Dialect = "openai.chat", **more: Any
) -> tuple[Any, tuple[Loss, ...]]:
    losses = Losses(source, "anthropic.messages")
    request = ChatRequest(dialect=source, model="m", messages=(), tools=tools, **more)
    return json.loads(msgspec.json.encode(encode_tools(request, family_of(model), losses))), losses.found()


def test_tools_are_read() -> None:
    tools = [
        {
            "name": "f",
            "description": "d",
            "input_schema": OPEN,
            "strict": True,
            "cache_control": {"type": "ephemeral"},
            "defer_loading": True,
        },
        {"type": "custom", "name": "g"},
        {"type": "web_search_20250305", "name": "web_search", "max_uses": 3},
    ]
    assert decode_tools(Table(msgspec.json.encode({"tools": tools}))) == (
        FunctionTool(
            name="f",
            description="d",
            parameters=raw(OPEN),
            strict=True,
            cache="5m",
            extras={"defer_loading": raw(True)},
        ),
        FunctionTool(name="g"),
        ForeignTool(dialect="anthropic.messages", kind="web_search_20250305", raw=raw(tools[2])),
    )
    with pytest.raises(BadRequest, match=r"tools\[0\].name"):
        decode_tools(Table(b'{"tools":[{}]}'))


@pytest.mark.parametrize(
    ("given", "choice", "parallel", "left"),
    [
        ({"type": "auto"}, ToolChoice("auto"), None, {}),
        ({"type": "any", "disable_parallel_tool_use": True}, ToolChoice("required"), False, {}),
        ({"type": "tool", "name": "f", "x": 1}, ToolChoice("required", ("f",)), None, {"tool_choice.x": raw(1)}),
        ({"type": "none", "disable_parallel_tool_use": False}, ToolChoice("none"), True, {}),
        ({"type": "odd"}, None, None, {"tool_choice": raw({"type": "odd"})}),
        (None, None, None, {}),
    ],
)
def test_choices_are_read(given: object, choice: ToolChoice | None, parallel: bool | None, left: object) -> None:
    assert decode_choice(Table(msgspec.json.encode({"tool_choice": given}))) == (choice, parallel, left)


def test_a_choice_of_a_tool_without_its_name_is_refused() -> None:
    with pytest.raises(BadRequest, match=r"tool_choice.name"):
        decode_choice(Table(b'{"tool_choice":{"type":"tool"}}'))


@pytest.mark.parametrize(
    ("parameters", "written"),
    [
        (None, OPEN),
        (raw({}), OPEN),
        (raw({"properties": {}}), OPEN),
        (raw({"type": "object"}), {"type": "object"}),
        (msgspec.Raw(b"5"), 5),
    ],
)
def test_a_schema_is_an_objects(parameters: msgspec.Raw | None, written: object) -> None:
    members, losses = encode(FunctionTool(name="f", parameters=parameters, strict=False))
    assert (members, losses) == ({"tools": [{"name": "f", "input_schema": written}]}, ())


def test_a_strict_tool_is_closed_where_a_model_can_be_held_to_it() -> None:
    tool = FunctionTool(name="f", parameters=SCHEMA, strict=True, cache="1h")
    mark = {"type": "ephemeral", "ttl": "1h"}
    members, losses = encode(tool)
    schema = {**OPEN, "additionalProperties": False}
    assert members == {"tools": [{"name": "f", "input_schema": schema, "strict": True, "cache_control": mark}]}
    assert losses == ()
    members, losses = encode(tool, model="claude-opus-4-1")
    assert members == {"tools": [{"name": "f", "input_schema": OPEN, "cache_control": mark}]}
    assert losses == (Loss("tools[0].strict", "this model can't be held to a schema"),)


def test_what_was_written_in_this_language_stays() -> None:
    tool = FunctionTool(name="f", strict=False, extras={"defer_loading": raw(True)})
    members, losses = encode(tool, source="anthropic.messages")
    assert (members, losses) == ({"tools": [{"name": "f", "strict": False, "defer_loading": True}]}, ())
    assert encode(source="anthropic.messages", tool_choice=ToolChoice("auto"))[0] == {"tool_choice": {"type": "auto"}}


def test_tools_that_only_others_have_are_grave_losses() -> None:
    own = ForeignTool(dialect="anthropic.messages", kind="bash_20250124", raw=raw({"type": "bash_20250124"}))
    other = ForeignTool(dialect="gemini.generate", kind="googleSearch", raw=raw({}))
    members, losses = encode(CustomTool(name="c"), other, own)
    assert members == {"tools": [{"type": "bash_20250124"}]}
    assert losses == (
        Loss("tools[0]", "Anthropic knows functions only", grave=True),
        Loss("tools[1]", "a tool that only gemini.generate has", grave=True),
    )


@pytest.mark.parametrize(
    ("choice", "parallel", "written"),
    [
        (None, None, None),
        (None, True, None),
        (None, False, {"type": "auto", "disable_parallel_tool_use": True}),
        (ToolChoice("auto"), None, {"type": "auto"}),
        (ToolChoice("required"), False, {"type": "any", "disable_parallel_tool_use": True}),
        (ToolChoice("required", ("f",)), True, {"type": "tool", "name": "f"}),
        (ToolChoice("none"), False, {"type": "none"}),
    ],
)
def test_choices_are_written(choice: ToolChoice | None, parallel: bool | None, written: object) -> None:
    members, losses = encode(F, G, tool_choice=choice, parallel_tool_calls=parallel)
    assert (members.get("tool_choice"), len(members["tools"]), losses) == (written, 2, ())


@pytest.mark.parametrize(
    ("choice", "written", "names"),
    [
        (ToolChoice("auto", ("f",)), {"type": "auto"}, ["f"]),
        (ToolChoice("required", ("f", "g")), {"type": "any"}, ["f", "g"]),
    ],
)
def test_a_choice_among_some_tools_is_only_those(choice: ToolChoice, written: object, names: list[str]) -> None:
    members, _ = encode(F, G, FunctionTool(name="h"), tool_choice=choice)
    assert ([tool["name"] for tool in members["tools"]], members["tool_choice"]) == (names, written)


def test_a_model_that_cant_be_forced_is_not() -> None:
    members, losses = encode(F, model="claude-opus-5-5", tool_choice=ToolChoice("required", ("f",)))
    assert members["tool_choice"] == {"type": "auto"}
    assert losses == (Loss("tool_choice", "this model can't be made to use a tool"),)


def test_without_tools_there_is_no_choice() -> None:
    assert encode(tool_choice=ToolChoice("none"))[0] == {}
