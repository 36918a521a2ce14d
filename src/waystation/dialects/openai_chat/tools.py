"""Tools and the choice among them, both ways, with the functions of the time before tools."""

from typing import Final

import msgspec

from waystation.dialects.losses import Losses
from waystation.dialects.openai_chat.nested import left_in, put
from waystation.dialects.openai_chat.parts_in import lifetime_of
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

_MODES: Final = {"none": "none", "auto": "auto", "required": "required", "any": "required"}  # "any" is Mistral's


class OldFunction(FunctionTool, frozen=True, kw_only=True):
    """A function of the member `functions`: whoever gives one reads its call in `function_call`."""


def decode_tools(request: Table) -> tuple[Tool, ...]:
    rows = request.rows("tools")
    tools = [_decode_tool(row, f"tools[{at}]") for at, row in enumerate(rows)]
    return (*tools, *(_decode_function(row) for row in request.tables("functions")))


def decode_choice(request: Table) -> tuple[ToolChoice | None, Extras]:
    """The choice; one that only its vendor can read is given as an unknown member."""
    for name in ("tool_choice", "function_call"):
        if name in request:
            raw = request.raw(name) or msgspec.Raw(b"null")
            choice = _decode_choice(Table(b'{"%s":%s}' % (name.encode(), bytes(raw))), name)
            return choice, NO_EXTRAS if choice is not None else {name: raw}
    return None, NO_EXTRAS


def encode_tools(request: ChatRequest, losses: Losses, *, custom: bool) -> dict[str, object]:
    """The members `tools` and `tool_choice`, or those that were before them."""
    choice = request.tool_choice
    names = frozenset(choice.names) if choice is not None else frozenset()
    fewer = len(names) > 1 and not custom and losses.source != losses.target
    if request.tools and all(isinstance(tool, OldFunction) for tool in request.tools):
        return _encode_old(request, losses)
    tools = [
        _encode_tool(tool, f"tools[{at}]", losses, custom=custom)
        for at, tool in enumerate(request.tools)
        if not fewer or (not isinstance(tool, ForeignTool) and tool.name in names)
    ]
    members: dict[str, object] = {"tools": [tool for tool in tools if tool is not None] or None}
    members["tool_choice"] = None if choice is None else _encode_choice(choice, request.tools, fewer=fewer)
    return said(members)


def _decode_tool(raw: msgspec.Raw, path: str) -> Tool:
    tool = Table(raw, path)
    kind = tool.text("type") or "function"
    if kind == "custom":
        custom = tool.need("custom", tool.table("custom"))
        name, description = custom.need("name", custom.text("name")), custom.text("description")
        form = custom.table("format")
        grammar, form_left = _decode_grammar(form)
        extras = left_in(tool, custom=left_in(custom, format=form_left))
        return CustomTool(name=name, description=description, grammar=grammar, extras=extras)
    if kind != "function":
        return ForeignTool(dialect="openai.chat", kind=kind, raw=raw)
    function = tool.need("function", tool.table("function"))
    control = tool.table("cache_control")
    return FunctionTool(
        name=function.need("name", function.text("name")),
        description=function.text("description"),
        parameters=function.raw("parameters"),
        strict=function.flag("strict"),
        cache=lifetime_of(control),
        extras=left_in(tool, function=function, cache_control=control),
    )


def _decode_function(function: Table) -> OldFunction:
    return OldFunction(
        name=function.need("name", function.text("name")),
        description=function.text("description"),
        parameters=function.raw("parameters"),
        extras=left_in(function),
    )


def _decode_grammar(form: Table | None) -> tuple[tuple[str, str] | None, Extras | None]:
    if form is None:
        return None, None
    form.raw("type")
    inner = form.table("grammar")
    if inner is None:
        return None, left_in(form)
    syntax, definition = inner.need("syntax", inner.text("syntax")), inner.need("definition", inner.text("definition"))
    return (syntax, definition), left_in(form, grammar=inner)


def _decode_choice(request: Table, name: str) -> ToolChoice | None:
    if request.opens(name) == '"':
        word = request.text(name) or ""
        return ToolChoice(_MODES[word]) if word in _MODES else None  # type: ignore[arg-type]
    choice = request.need(name, request.table(name))
    if name == "function_call":
        return ToolChoice("required", (choice.need("name", choice.text("name")),))
    match choice.text("type"):
        case "function" | "custom" as kind:
            return ToolChoice("required", (_name_in(choice, kind),))
        case "allowed_tools":
            allowed = choice.need("allowed_tools", choice.table("allowed_tools"))
            names = tuple(_name_in(tool, tool.text("type") or "function") for tool in allowed.tables("tools"))
            return ToolChoice("required" if allowed.text("mode") == "required" else "auto", names)
        case _:
            return None


def _name_in(choice: Table, kind: str) -> str:
    """Of {"type": kind, kind: {"name": …}}."""
    inner = choice.need(kind, choice.table(kind))
    return inner.need("name", inner.text("name"))


def _encode_tool(tool: Tool, path: str, losses: Losses, *, custom: bool) -> object | None:
    match tool:
        case FunctionTool():
            return _encode_function(tool, path, losses)
        case CustomTool() if custom:
            inner = said({"name": tool.name, "description": tool.description})
            if tool.grammar is not None:
                grammar = {"syntax": tool.grammar[0], "definition": tool.grammar[1]}
                inner["format"] = {"type": "grammar", "grammar": grammar}
            return put({"type": "custom", "custom": inner}, losses.keep(path, tool.extras))
        case ForeignTool(dialect="openai.chat"):
            return tool.raw
        case CustomTool():
            losses.note(path, "this vendor knows functions only", grave=True)
        case _:
            losses.note(path, f"a tool that only {tool.dialect} has", grave=True)
    return None


def _encode_function(tool: FunctionTool, path: str, losses: Losses) -> dict[str, object]:
    function = said(
        {
            "name": tool.name,
            "description": tool.description,
            "parameters": tool.parameters,
            "strict": tool.strict,
        }
    )
    members: dict[str, object] = {"type": "function", "function": function}
    if tool.cache is not None:
        members |= cache_of(tool.cache, path, losses)
    return put(members, losses.keep(path, tool.extras))


def cache_of(cache: str, path: str, losses: Losses) -> dict[str, object]:
    """The member `cache_control`, which only those who wrote it in this language are known to be understood with."""
    if losses.source != losses.target:
        losses.note(f"{path}.cache", "vendors of this language cache without being told")
        return {}
    return {"cache_control": {"type": "ephemeral"} | ({} if cache == "5m" else {"ttl": cache})}


def _encode_choice(choice: ToolChoice, tools: tuple[Tool, ...], *, fewer: bool) -> object:
    named = [_named(name, tools) for name in choice.names]
    if not named or fewer or choice.mode == "none":
        return choice.mode
    if choice.mode == "required" and len(named) == 1:
        return named[0]
    return {"type": "allowed_tools", "allowed_tools": {"mode": choice.mode, "tools": named}}


def _named(name: str, tools: tuple[Tool, ...]) -> dict[str, object]:
    custom = any(isinstance(tool, CustomTool) and tool.name == name for tool in tools)
    kind = "custom" if custom else "function"
    return {"type": kind, kind: {"name": name}}


def _encode_old(request: ChatRequest, losses: Losses) -> dict[str, object]:
    functions = [_old(tool, f"functions[{at}]", losses) for at, tool in enumerate(request.tools)]
    choice = request.tool_choice
    if choice is None:
        return {"functions": functions}
    return {"functions": functions, "function_call": {"name": choice.names[0]} if choice.names else choice.mode}


def _old(tool: Tool, path: str, losses: Losses) -> dict[str, object]:
    assert isinstance(tool, OldFunction)
    members = {"name": tool.name, "description": tool.description, "parameters": tool.parameters}
    return put(said(members), losses.keep(path, tool.extras))
