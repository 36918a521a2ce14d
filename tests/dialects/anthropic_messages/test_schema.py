"""Objects of a schema are closed, and nothing else of it changes."""

import json

import msgspec
import pytest

from waystation.dialects.anthropic_messages.schema import closed


def close(schema: object) -> object:
    return closed(msgspec.Raw(json.dumps(schema).encode()))


def test_every_object_is_closed() -> None:
    schema = {
        "type": "object",
        "properties": {
            "type": {"type": "string"},
            "inner": {"type": "array", "items": {"type": "object", "properties": {}}},
        },
        "anyOf": [{"type": "object"}, {"type": "null"}],
        "$defs": {"type": {"type": "object", "properties": {"a": {"type": "integer"}}}},
    }
    assert close(schema) == {
        "type": "object",
        "properties": {
            "type": {"type": "string"},
            "inner": {
                "type": "array",
                "items": {"type": "object", "properties": {}, "additionalProperties": False},
            },
        },
        "anyOf": [{"type": "object", "additionalProperties": False}, {"type": "null"}],
        "$defs": {
            "type": {"type": "object", "properties": {"a": {"type": "integer"}}, "additionalProperties": False},
        },
        "additionalProperties": False,
    }


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string", "enum": ["object"]},
        {"type": "object", "additionalProperties": {"type": "string"}},
        {"properties": 5},
        True,
    ],
)
def test_what_is_no_open_object_stays(schema: object) -> None:
    assert close(schema) == schema


def test_what_cant_be_read_stays() -> None:
    deep = msgspec.Raw(b'{"a":' * 100_000 + b"1" + b"}" * 100_000)
    assert closed(deep) == deep
