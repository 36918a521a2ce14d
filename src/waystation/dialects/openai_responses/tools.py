"""Tools and the choice among them, both ways."""

from collections.abc import Mapping
from typing import Final

import msgspec

from waystation.dialects.losses import Losses
from waystation.dialects.openai_responses.nested import left_in, put
from waystation.dialects.openai_responses.own import SpacedCustom, SpacedFunction
from waystation.dialects.openai_responses.spaces import flat_name
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

_MODES: Final[Mapping[str, ToolChoice]] = {
    "none": ToolChoice("none"),
    "auto": ToolChoice("auto"),
    "required": ToolChoice("required"),
}
_NAMED: Final = ("function", "custom")
_SPACE: Final = "namespace."
_NO_PARAMETERS: Final = msgspec.Raw(b'{"type":"object","properties":{}}')


def decode_tools(request: Table) -> tuple[Tool, ...]:
    """Each tool of a namespace is a tool."""
    rows = request.rows("tools")
    return tuple(tool for at, raw in enumerate(rows) for tool in _tools_in(raw, f"tools[{at}]"))


def decode_choice(request: Table) -> tuple[ToolChoice | None, Extras]:
    """The choice; one that only this language's vendor can read is given as an unknown member."""
    raw = request.raw("tool_choice")
    if raw is None:
        return None, NO_EXTRAS
    choice = _choice(Table(b'{"tool_choice":%s}' % bytes(raw)))
    return choice, NO_EXTRAS if choice is not None else {"tool_choice": raw}


def encode_tools(request: ChatRequest, losses: Losses) -> dict[str, object]:
    """The members `tools` and `tool_choice`."""
    tools: list[object] = []
    spaces: dict[str, list[object]] = {}
    for at, tool in enumerate(request.tools):
        written = _encode(tool, f"tools[{at}]", losses)
        if written is None:
            continue
        if not isinstance(tool, SpacedFunction | SpacedCustom):
            tools.append(written)
        elif tool.space in spaces:
            spaces[tool.space].append(written)
        else:
            within = spaces[tool.space] = [written]
            tools.append(_space(tool, within))
    choice = None if request.tool_choice is None else _encode_choice(request.tool_choice, request.tools)
    return said({"tools": tools or None, "tool_choice": choice})


def _tools_in(raw: msgspec.Raw, path: str) -> list[Tool]:
    tool = Table(raw, path)
    kind = tool.text("type") or "function"
    if kind == "namespace":
        return _spaced(tool, raw)
    return [_flat(tool, kind, raw)]


def _flat(tool: Table, kind: str, raw: msgspec.Raw) -> Tool:
    match kind:
        case "function":
            return _function(tool)
        case "custom":
            return _custom(tool)
        case _:
            return ForeignTool(dialect="openai.responses", kind=kind, raw=raw)


def _spaced(tool: Table, raw: msgspec.Raw) -> list[Tool]:
    """A namespace with anything but functions and custom tools in it is only its vendor's to read."""
    space = tool.need("name", tool.text("name"))
    rows = tool.rows("tools")
    inner = [_flat(table, table.text("type") or "function", row) for row, table in _tables(rows, tool.path)]
    if not inner or any(isinstance(one, ForeignTool) for one in inner):
        return [ForeignTool(dialect="openai.responses", kind="namespace", raw=raw)]
    tools = [_in_space(one, space) for one in inner]
    left = {f"{_SPACE}{name}": value for name, value in tool.left().items()}
    tools[0] = msgspec.structs.replace(tools[0], extras={**tools[0].extras, **left} or NO_EXTRAS)
    return list(tools)


def _tables(rows: list[msgspec.Raw], path: str) -> list[tuple[msgspec.Raw, Table]]:
    return [(row, Table(row, f"{path}.tools[{at}]")) for at, row in enumerate(rows)]


def _in_space(tool: Tool, space: str) -> SpacedFunction | SpacedCustom:
    assert not isinstance(tool, ForeignTool)
    name, description, extras = flat_name(space, tool.name), tool.description, tool.extras
    if isinstance(tool, CustomTool):
        return SpacedCustom(
            name=name, description=description, grammar=tool.grammar, extras=extras, space=space, bare=tool.name
        )
    return SpacedFunction(
        name=name,
        description=description,
        parameters=tool.parameters,
        strict=tool.strict,
        extras=extras,
        space=space,
        bare=tool.name,
    )


def _function(tool: Table) -> FunctionTool:
    return FunctionTool(
        name=tool.need("name", tool.text("name")),
        description=tool.text("description"),
        parameters=tool.raw("parameters"),
        strict=tool.flag("strict"),
        extras=left_in(tool),
    )


def _custom(tool: Table) -> CustomTool:
    name, description = tool.need("name", tool.text("name")), tool.text("description")
    raw = tool.raw("format")
    form = None if raw is None else Table(raw, f"{tool.path}.format")
    grammar = None
    kind = None if form is None else form.text("type")
    if raw is not None and kind not in ("text", "grammar", None):  # of another kind: only its vendor's to read
        return CustomTool(name=name, description=description, extras={**tool.left(), "format": raw})
    if form is not None and kind == "grammar":
        grammar = (form.need("syntax", form.text("syntax")), form.need("definition", form.text("definition")))
    return CustomTool(name=name, description=description, grammar=grammar, extras=left_in(tool, format=form))


def _choice(request: Table) -> ToolChoice | None:
    if request.opens("tool_choice") == '"':
        return _MODES.get(request.text("tool_choice") or "")
    choice = request.need("tool_choice", request.table("tool_choice"))
    match choice.text("type"):
        case "function" | "custom":
            return ToolChoice("required", (choice.need("name", choice.text("name")),))
        case "allowed_tools":
            return _allowed(choice)
        case _:
            return None


def _allowed(choice: Table) -> ToolChoice | None:
    """None if there are tools among them that have no name here."""
    tools = choice.tables("tools")
    if any((tool.text("type") or "function") not in _NAMED for tool in tools):
        return None
    names = tuple(tool.need("name", tool.text("name")) for tool in tools)
    return ToolChoice("required" if choice.text("mode") == "required" else "auto", names)


def _encode(tool: Tool, path: str, losses: Losses) -> object | None:
    match tool:
        case FunctionTool():
            return _encode_function(tool, path, losses)
        case CustomTool():
            return _encode_custom(tool, path, losses)
        case ForeignTool(dialect="openai.responses"):
            return tool.raw
        case _:
            losses.note(path, f"a tool that only {tool.dialect} has", grave=True)
    return None


def _encode_function(tool: FunctionTool, path: str, losses: Losses) -> dict[str, object]:
    """Functions are strict here unless they are said not to be, and their schema is then changed to fit."""
    same = losses.source == losses.target
    members: dict[str, object] = {"type": "function", "name": _bare(tool)}
    members |= said({"description": tool.description})
    members["parameters"] = tool.parameters if same or tool.parameters is not None else _NO_PARAMETERS
    members |= said({"strict": tool.strict if same or tool.strict is not None else False})
    if tool.cache is not None:
        losses.note(f"{path}.cache", "vendors of this language cache without being told")
    return put(members, _within_space(losses.keep(path, tool.extras)))


def _encode_custom(tool: CustomTool, path: str, losses: Losses) -> dict[str, object]:
    members = said({"type": "custom", "name": _bare(tool), "description": tool.description})
    if tool.grammar is not None:
        syntax, definition = tool.grammar
        members["format"] = {"type": "grammar", "syntax": syntax, "definition": definition}
    return put(members, _within_space(losses.keep(path, tool.extras)))


def _bare(tool: FunctionTool | CustomTool) -> str:
    return tool.bare if isinstance(tool, SpacedFunction | SpacedCustom) else tool.name


def _within_space(extras: Extras) -> Extras:
    return {name: value for name, value in extras.items() if not name.startswith(_SPACE)}


def _space(tool: SpacedFunction | SpacedCustom, within: list[object]) -> dict[str, object]:
    left = {name.removeprefix(_SPACE): raw for name, raw in tool.extras.items() if name.startswith(_SPACE)}
    return {"type": "namespace", "name": tool.space, "tools": within, **left}


def _encode_choice(choice: ToolChoice, tools: tuple[Tool, ...]) -> object:
    named = [_named(name, tools) for name in choice.names]
    if not named or choice.mode == "none":
        return choice.mode
    if choice.mode == "required" and len(named) == 1:
        return named[0]
    return {"type": "allowed_tools", "mode": choice.mode, "tools": named}


def _named(name: str, tools: tuple[Tool, ...]) -> dict[str, object]:
    custom = any(isinstance(tool, CustomTool) and tool.name == name for tool in tools)
    return {"type": "custom" if custom else "function", "name": name}
