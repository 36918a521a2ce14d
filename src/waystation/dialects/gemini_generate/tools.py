"""Tools and the choice among them, both ways."""

from collections.abc import Mapping
from typing import Final

import msgspec

from waystation.dialects.gemini_generate.fields import Fields
from waystation.dialects.gemini_generate.nested import left_in, put
from waystation.dialects.gemini_generate.own import GivenFunction, Validated
from waystation.dialects.gemini_generate.schema import json_schema
from waystation.dialects.losses import Losses
from waystation.dialects.table import said
from waystation.wire.chat import (
    NO_EXTRAS,
    ChatRequest,
    CustomTool,
    Extras,
    ForeignTool,
    FunctionTool,
    Tool,
    ToolChoice,
)

_MODES: Final[Mapping[str, ToolChoice]] = {
    "AUTO": ToolChoice("auto"),
    "ANY": ToolChoice("required"),
    "NONE": ToolChoice("none"),
    "VALIDATED": Validated("auto"),
}
_WORDS: Final = {"auto": "AUTO", "required": "ANY", "none": "NONE"}


def decode_tools(request: Fields) -> tuple[Tool, ...]:
    """Each function is a tool, and so is each of Gemini's own, also where several stand in one object."""
    tools: list[Tool] = []
    for tool in request.each("tools"):
        tools += map(_function, tool.each("functionDeclarations"))
        tools += (_foreign(name, raw) for name, raw in tool.left().items())
    return tuple(tools)


def decode_choice(request: Fields) -> tuple[ToolChoice | None, Extras]:
    """The choice, and the unknown members beside it."""
    config = request.table("toolConfig")
    if config is None:
        return None, NO_EXTRAS
    calling = config.table("functionCallingConfig")
    choice = None if calling is None else _choice(calling)
    left = left_in(config, functionCallingConfig=calling)
    return choice, {f"toolConfig.{name}": value for name, value in left.items()}


def encode_tools(request: ChatRequest, losses: Losses) -> dict[str, object]:
    """The members `tools` and `toolConfig`."""
    tools: list[dict[str, list[object]] | msgspec.Raw] = []
    for at, tool in enumerate(request.tools):
        written = _encode(tool, f"tools[{at}]", losses)
        if isinstance(written, dict):
            if tools and isinstance(tools[-1], dict):
                tools[-1]["functionDeclarations"].append(written)
            else:
                tools.append({"functionDeclarations": [written]})
        elif written is not None:
            tools.append(written)
    if request.parallel_tool_calls is False:
        losses.note("parallel_tool_calls", "Gemini can't be kept from calling several functions at once")
    choice = None if request.tool_choice is None else {"functionCallingConfig": _encode_choice(request.tool_choice)}
    return said({"tools": tools or None, "toolConfig": choice})


def _function(declaration: Fields) -> FunctionTool:
    name = declaration.need("name", declaration.text("name"))
    description, given = declaration.text("description"), declaration.raw("parameters")
    schema = declaration.raw("parametersJsonSchema")
    if schema is not None or given is None:
        extras = left_in(declaration) if given is None else {**declaration.left(), "parameters": given}
        return FunctionTool(name=name, description=description, parameters=schema, extras=extras)
    parameters = json_schema(given, f"{declaration.path}.parameters")
    return GivenFunction(
        name=name, description=description, parameters=parameters, schema=given, extras=declaration.left()
    )


def _foreign(name: str, raw: msgspec.Raw) -> ForeignTool:
    return ForeignTool(dialect="gemini.generate", kind=name, raw=msgspec.Raw(msgspec.json.encode({name: raw})))


def _choice(calling: Fields) -> ToolChoice | None:
    """A mode that we don't know is left among the unknown members, with all that belongs to it."""
    mode = calling.peek("mode") or "AUTO"
    if mode not in _MODES:
        return None
    calling.raw("mode")
    return msgspec.structs.replace(_MODES[mode], names=tuple(calling.texts("allowedFunctionNames")))


def _encode(tool: Tool, path: str, losses: Losses) -> dict[str, object] | msgspec.Raw | None:
    match tool:
        case FunctionTool():
            return _encode_function(tool, path, losses)
        case ForeignTool(dialect="gemini.generate"):
            return tool.raw
        case CustomTool():
            losses.note(path, "Gemini knows functions only", grave=True)
        case _:
            losses.note(path, f"a tool that only {tool.dialect} has", grave=True)
    return None


def _encode_function(tool: FunctionTool, path: str, losses: Losses) -> dict[str, object]:
    members: dict[str, object] = said({"name": tool.name, "description": tool.description})
    if isinstance(tool, GivenFunction) and losses.source == losses.target:
        members["parameters"] = tool.schema
    elif tool.parameters is not None:
        members["parametersJsonSchema"] = tool.parameters
    if tool.strict:
        losses.note(f"{path}.strict", "Gemini keeps to schemas for all functions or for none")
    if tool.cache is not None:
        losses.note(f"{path}.cache", "Gemini caches without being told")
    return put(members, losses.keep(path, tool.extras))


def _encode_choice(choice: ToolChoice) -> dict[str, object]:
    """Names restrict a choice only where calls are demanded, or kept to their schema."""
    word = _WORDS[choice.mode]
    if isinstance(choice, Validated) or (choice.names and choice.mode == "auto"):
        word = "VALIDATED"
    names = None if choice.mode == "none" else list(choice.names)
    return said({"mode": word, "allowedFunctionNames": names or None})
