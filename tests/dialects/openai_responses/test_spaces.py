"""Namespaces of tools."""

from waystation.dialects.openai_responses.own import SpacedCustom, SpacedFunction
from waystation.dialects.openai_responses.spaces import flat_name, spaces_of
from waystation.wire.chat import FunctionTool


def test_a_flat_name_begins_with_the_namespace() -> None:
    assert flat_name("mcp__docs__", "read") == "mcp__docs__read"
    assert flat_name("docs", "read") == "docs__read"


def test_flat_names_lead_back() -> None:
    tools = (
        FunctionTool(name="f"),
        SpacedFunction(name="docs__read", space="docs", bare="read"),
        SpacedCustom(name="docs__patch", space="docs", bare="patch"),
    )
    assert spaces_of(tools) == {"docs__read": ("docs", "read"), "docs__patch": ("docs", "patch")}
