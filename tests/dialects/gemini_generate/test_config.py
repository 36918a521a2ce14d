"""The settings of a request."""

import json
from typing import Any

import msgspec
import pytest

from waystation.dialects.gemini_generate.config import decode_config
from waystation.dialects.gemini_generate.fields import Fields
from waystation.dialects.gemini_generate.own import GivenFormat
from waystation.wire.chat import ResponseFormat
from waystation.wire.errors import BadRequest


def decoded(config: Any) -> tuple[Any, dict[str, object]]:
    settings, extras = decode_config(Fields(json.dumps({"generation_config": config}).encode()))
    return settings, {name: json.loads(bytes(raw)) for name, raw in extras.items()}


def form_of(config: Any) -> tuple[ResponseFormat | None, dict[str, object]]:
    settings, extras = decoded(config)
    return settings["response_format"], extras


def test_settings_are_read_in_both_spellings() -> None:
    camel = {
        "maxOutputTokens": 5,
        "temperature": 0.5,
        "topP": 0.9,
        "topK": 40,
        "frequencyPenalty": 0.1,
        "presencePenalty": 0.2,
        "seed": 3,
        "stopSequences": ["a"],
        "responseLogprobs": True,
        "logprobs": 2,
        "candidateCount": 4,
    }
    settings, extras = decoded(camel | {"speechConfig": {}})
    assert extras == {"generationConfig.speechConfig": {}}
    assert settings == {
        "max_output_tokens": 5,
        "temperature": 0.5,
        "top_p": 0.9,
        "top_k": 40,
        "frequency_penalty": 0.1,
        "presence_penalty": 0.2,
        "seed": 3,
        "stop": ("a",),
        "logprobs": True,
        "top_logprobs": 2,
        "choices": 4,
        "response_format": None,
        "reasoning": None,
    }
    snake = {"".join(f"_{c.lower()}" if c.isupper() else c for c in name): value for name, value in camel.items()}
    assert decoded(snake)[0] == settings


def test_there_may_be_none() -> None:
    assert decoded(None) == ({}, {})
    assert decoded({})[0]["choices"] == 1


@pytest.mark.parametrize(
    ("config", "name"),
    [({"candidateCount": 0}, "candidateCount"), ({"maxOutputTokens": -1}, "maxOutputTokens"), ({"topP": "x"}, "topP")],
)
def test_odd_settings_are_refused(config: object, name: str) -> None:
    with pytest.raises(BadRequest) as caught:
        decoded(config)
    assert caught.value.param == f"generationConfig.{name}"


@pytest.mark.parametrize(
    ("config", "kind", "schema"),
    [
        ({"responseMimeType": "application/json"}, "json_object", None),
        ({"response_mime_type": "text/plain"}, "text", None),
        (
            {"responseMimeType": "application/json", "responseSchema": {"type": "STRING"}},
            "json_schema",
            b'{"type":"string"}',
        ),
        ({"responseJsonSchema": {"type": "object"}}, "json_schema", b'{"type": "object"}'),
        ({"responseJsonSchema": {}, "responseSchema": {"type": "STRING"}}, "json_schema", b"{}"),
    ],
)
def test_a_format_is_read(config: dict[str, object], kind: str, schema: bytes | None) -> None:
    got, extras = form_of(config)
    assert isinstance(got, GivenFormat)
    assert got.kind == kind
    assert (None if got.schema is None else bytes(got.schema)) == schema
    assert len(got.members) == len(config)
    assert extras == {}


def test_a_format_of_another_kind_is_kept() -> None:
    config = {"responseMimeType": "text/x.enum", "responseSchema": {"type": "STRING", "enum": ["a"]}}
    assert form_of(config) == (None, {f"generationConfig.{name}": value for name, value in config.items()})


def test_a_schema_that_can_not_be_read_is_refused() -> None:
    with pytest.raises(BadRequest) as caught:
        decode_config(Fields(b'{"generationConfig":{"responseSchema":{"a":1e400}}}'))
    assert caught.value.param == "generationConfig.responseSchema"


def test_members_are_kept_as_they_were_written() -> None:
    settings, _ = decoded({"responseSchema": {"type": "STRING"}})
    form = settings["response_format"]
    assert msgspec.json.encode(dict(form.members)) == b'{"responseSchema":{"type": "STRING"}}'
