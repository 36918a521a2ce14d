"""Tools and the choice among them, both ways."""

from typing import Final

import msgspec

from waystation.dialects.anthropic_messages.families import Family
from waystation.dialects.anthropic_messages.nested import cache_control, cached, left_in, put
from waystation.dialects.anthropic_messages.schema import closed
from waystation.dialects.anthropic_messages.seals import NATIVE
from waystation.dialects.losses import Losses
from waystation.dialects.table import Table, said
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

_NO_PARAMETERS: Final = {"type": "object", "properties": {}}
_MEMBERS: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])
_UNREADABLE: Final = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


def decode_tools(request: Table) -> tuple[Tool, ...]:
    """Raises: BadRequest."""
    return tuple(_decode_tool(raw, f"tools[{at}]") for at, raw in enumerate(request.rows("tools")))


def decode_choice(request: Table) -> tuple[ToolChoice | None, bool | None, Extras]:
    """The choice, whether several calls may come at once, and what else is said; all of it if it is of another type."""
    raw = request.raw("tool_choice")
    if raw is None:
        return None, None, NO_EXTRAS
    choice = Table(raw, "tool_choice")
    found = _decode_choice(choice)
    if found is None:
        return None, None, {"tool_choice": raw}
    single = choice.flag("disable_parallel_tool_use")
    left = {f"tool_choice.{name}": value for name, value in choice.left().items()}
    return found, None if single is None else not single, left


def encode_tools(request: ChatRequest, family: Family, losses: Losses) -> dict[str, object]:
    """The members `tools` and `tool_choice`. A choice among some of the tools is all of those, and no others."""
    choice = request.tool_choice
    names = frozenset(choice.names) if choice is not None else frozenset()
    fewer = bool(names) and not (choice is not None and choice.mode == "required" and len(names) == 1)
    tools = [
        _encode_tool(tool, f"tools[{at}]", family, losses)
        for at, tool in enumerate(request.tools)
        if not fewer or (not isinstance(tool, ForeignTool) and tool.name in names)
    ]
    written = [tool for tool in tools if tool is not None]
    if not written and losses.source != losses.target:
        return {}
    return said({"tools": written or None, "tool_choice": _encode_choice(request, family, losses)})


def _decode_tool(raw: msgspec.Raw, path: str) -> Tool:
    tool = Table(raw, path)
    kind = tool.text("type") or "custom"
    if kind != "custom":
        return ForeignTool(dialect=NATIVE, kind=kind, raw=raw)
    cache, control = cached(tool)
    return FunctionTool(
        name=tool.need("name", tool.text("name")),
        description=tool.text("description"),
        parameters=tool.raw("input_schema"),
        strict=tool.flag("strict"),
        cache=cache,
        extras={**left_in(tool), **control} or NO_EXTRAS,
    )


def _decode_choice(choice: Table) -> ToolChoice | None:
    match choice.text("type"):
        case "auto":
            return ToolChoice("auto")
        case "any":
            return ToolChoice("required")
        case "none":
            return ToolChoice("none")
        case "tool":
            return ToolChoice("required", (choice.need("name", choice.text("name")),))
        case _:
            return None


def _encode_tool(tool: Tool, path: str, family: Family, losses: Losses) -> object | None:
    match tool:
        case FunctionTool():
            return _encode_function(tool, path, family, losses)
        case ForeignTool(dialect="anthropic.messages"):
            return tool.raw
        case CustomTool():
            losses.note(path, "Anthropic knows functions only", grave=True)
        case _:
            losses.note(path, f"a tool that only {tool.dialect} has", grave=True)
    return None


def _encode_function(tool: FunctionTool, path: str, family: Family, losses: Losses) -> dict[str, object]:
    same = losses.source == losses.target
    strict, parameters = tool.strict, tool.parameters
    if strict and not same and not family.formats:
        losses.note(f"{path}.strict", "this model can't be held to a schema")
    if not same:
        strict = True if strict and family.formats else None
    members = {
        "name": tool.name,
        "description": tool.description,
        "input_schema": parameters if same else _schema(parameters, strict=bool(strict)),
        "strict": strict,
    }
    return put(said(members | cache_control(tool.cache)), losses.keep(path, tool.extras))


def _schema(parameters: msgspec.Raw | None, *, strict: bool) -> object:
    """Anthropic demands a schema, and that it is an object's."""
    try:
        members = {} if parameters is None else _MEMBERS.decode(parameters)
    except _UNREADABLE:
        return parameters
    if not members:
        return _NO_PARAMETERS
    whole = parameters if "type" in members else msgspec.Raw(msgspec.json.encode({"type": "object", **members}))
    return closed(whole) if strict and whole is not None else whole


def _encode_choice(request: ChatRequest, family: Family, losses: Losses) -> dict[str, object] | None:
    choice, single = request.tool_choice, request.parallel_tool_calls is False
    if choice is None:
        return {"type": "auto", "disable_parallel_tool_use": True} if single else None
    same = losses.source == losses.target
    mode = choice.mode
    if mode == "required" and not family.forced and not same:
        losses.note("tool_choice", "this model can't be made to use a tool")
        mode = "auto"
    if mode == "none":
        return {"type": "none"}
    members: dict[str, object] = {"type": "auto" if mode == "auto" else "any"}
    if mode == "required" and len(choice.names) == 1:
        members = {"type": "tool", "name": choice.names[0]}
    return members | ({"disable_parallel_tool_use": True} if single else {})
