"""Namespaces of tools, for languages whose tools have one flat name each: the namespace's name goes before it.

Codex groups the tools of an MCP server in a namespace such as mcp__docs__ (the openai SDK 3.x, openai/codex; 2026-11).
"""

from collections.abc import Mapping
from typing import Final

from waystation.dialects.openai_responses.own import SpacedCustom, SpacedFunction
from waystation.wire.chat import Tool

Spaces = Mapping[str, tuple[str, str]]  # flat name to (namespace, name within)

_BETWEEN: Final = "__"


def flat_name(space: str, bare: str) -> str:
    return space + bare if space.endswith(_BETWEEN) else f"{space}{_BETWEEN}{bare}"


def spaces_of(tools: tuple[Tool, ...]) -> Spaces:
    return {tool.name: (tool.space, tool.bare) for tool in tools if isinstance(tool, SpacedFunction | SpacedCustom)}
