"""Schemas in Gemini's form, a part of OpenAPI's, as JSON schemas. Source: ai.google.dev/api/caching#Schema (2026-11).

Types are upper case, `nullable` stands beside them, and whole numbers may be strings. The other way there is nothing to
turn: Gemini takes JSON schemas too, in members of their own.
"""

from typing import Final, TypeGuard

import msgspec

from waystation.wire.errors import BadRequest

_DEPTH_MAX: Final = 64
_COUNTS: Final = frozenset(("maxItems", "minItems", "maxLength", "minLength", "maxProperties", "minProperties"))
_SPELLINGS: Final = {
    "any_of": "anyOf",
    "additional_properties": "additionalProperties",
    "defs": "$defs",
    "ref": "$ref",
    "max_items": "maxItems",
    "min_items": "minItems",
    "max_length": "maxLength",
    "min_length": "minLength",
    "max_properties": "maxProperties",
    "min_properties": "minProperties",
}
_OWN: Final = frozenset(("nullable", "propertyOrdering", "property_ordering"))


def json_schema(raw: msgspec.Raw, path: str) -> msgspec.Raw:
    """What is nested deeper than schemas are stays as it is. Raises: BadRequest."""
    try:
        return msgspec.Raw(msgspec.json.encode(_turned(msgspec.json.decode(raw), 0)))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, OverflowError) as error:
        raise BadRequest(f"{path!r} is not a schema: {error}.", param=path) from error


def _turned(schema: object, depth: int) -> object:
    if not _is_table(schema) or depth > _DEPTH_MAX:
        return schema
    turned: dict[str, object] = {}
    for given, value in schema.items():
        name = _SPELLINGS.get(given, given)
        if name not in _OWN:
            turned[name] = _member(name, value, depth + 1)
    if turned.get("format") == "enum":  # Gemini's mark of a string that has one
        del turned["format"]
    if turned.get("type") == "type_unspecified":
        del turned["type"]
    return _nullable(turned) if schema.get("nullable") is True else turned


def _member(name: str, value: object, depth: int) -> object:
    match value:
        case str() if name == "type":
            return value.lower()
        case str() if name in _COUNTS and value.isascii() and value.isdigit():
            return int(value[:18])
        case dict() if name in ("properties", "$defs"):
            return {key: _turned(inner, depth) for key, inner in value.items()}
        case dict() if name in ("items", "additionalProperties"):
            return _turned(value, depth)
        case list() if name == "anyOf":
            return [_turned(inner, depth) for inner in value]
        case _:
            return value


def _is_table(value: object) -> TypeGuard[dict[str, object]]:
    return isinstance(value, dict)


def _nullable(schema: dict[str, object]) -> dict[str, object]:
    kind, words = schema.get("type"), schema.get("enum")
    if isinstance(kind, str) and kind != "null":
        schema["type"] = [kind, "null"]
    if isinstance(words, list) and None not in words:
        schema["enum"] = [*words, None]
    return schema
