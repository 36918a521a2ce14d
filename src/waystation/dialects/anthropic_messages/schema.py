"""JSON schemas that a model is held to: Anthropic demands that every object in them is closed.

Source: platform.claude.com/docs/en/build-with-claude/structured-outputs (2026-11).
"""

from typing import Final

import msgspec

_UNREADABLE: Final = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


def closed(schema: msgspec.Raw) -> object:
    """The schema with `additionalProperties` false wherever an object does not say it."""
    try:
        return _closed(msgspec.json.decode(schema))
    except _UNREADABLE:
        return schema


def _closed(node: object) -> object:
    if isinstance(node, list):
        return [_closed(one) for one in node]
    if not isinstance(node, dict):
        return node
    members = {name: _closed_properties(value) if name in _NAMED else _closed(value) for name, value in node.items()}
    if node.get("type") == "object" and "additionalProperties" not in node:
        members["additionalProperties"] = False
    return members


def _closed_properties(node: object) -> object:
    """Schemas by names that are the caller's own: "type" may be one of them."""
    return {name: _closed(value) for name, value in node.items()} if isinstance(node, dict) else node


_NAMED: Final = frozenset(("properties", "$defs", "definitions"))
