"""Schemas of Gemini's as JSON schemas."""

import json

import msgspec
import pytest

from waystation.dialects.gemini_generate.schema import json_schema
from waystation.wire.errors import BadRequest


def turned(schema: object) -> object:
    return json.loads(bytes(json_schema(msgspec.Raw(json.dumps(schema).encode()), "p")))


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"type": "STRING"}, {"type": "string"}),
        ({"type": "TYPE_UNSPECIFIED", "description": "d"}, {"description": "d"}),
        ({"type": "STRING", "format": "enum", "enum": ["a"]}, {"type": "string", "enum": ["a"]}),
        ({"type": "STRING", "format": "date"}, {"type": "string", "format": "date"}),
        ({"type": "STRING", "nullable": True, "enum": ["a"]}, {"type": ["string", "null"], "enum": ["a", None]}),
        ({"type": "NULL", "nullable": True, "enum": [None]}, {"type": "null", "enum": [None]}),
        ({"type": "STRING", "nullable": False}, {"type": "string"}),
        ({"type": "ARRAY", "minItems": "2", "max_items": 3}, {"type": "array", "minItems": 2, "maxItems": 3}),
        ({"minItems": "many"}, {"minItems": "many"}),
        ({"items": {"type": "NUMBER"}}, {"items": {"type": "number"}}),
        ({"any_of": [{"type": "NUMBER"}, 5]}, {"anyOf": [{"type": "number"}, 5]}),
        (
            {"type": "OBJECT", "properties": {"type": {"type": "INTEGER"}}, "propertyOrdering": ["type"]},
            {"type": "object", "properties": {"type": {"type": "integer"}}},
        ),
        ({"additionalProperties": False}, {"additionalProperties": False}),
        ({"defs": {"a": {"type": "STRING"}}, "ref": "#/a"}, {"$defs": {"a": {"type": "string"}}, "$ref": "#/a"}),
        ({"type": "object", "required": ["a"]}, {"type": "object", "required": ["a"]}),
        (5, 5),
    ],
)
def test_types_are_turned(given: object, expected: object) -> None:
    assert turned(given) == expected


def test_what_is_too_deep_stays_as_it_is() -> None:
    schema: dict[str, object] = {"type": "STRING"}
    for _ in range(100):
        schema = {"items": schema}
    assert '{"type": "STRING"}' in json.dumps(turned(schema))


@pytest.mark.parametrize("raw", [b'{"type":"\\ud83d"}', b'{"a":1e400}', b'{"a":"\xff"}'])
def test_what_can_not_be_read_is_the_callers_mistake(raw: bytes) -> None:
    with pytest.raises(BadRequest) as caught:
        json_schema(msgspec.Raw(raw), "tools[0].parameters")
    assert caught.value.param == "tools[0].parameters"
