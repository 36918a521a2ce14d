"""A caller's request, into words."""

import json
from typing import Any

import msgspec
import pytest

from waystation.dialects.openai_responses.own import ResponsesRequest
from waystation.dialects.openai_responses.request_in import decode_request
from waystation.wire.chat import Message, Reasoning, ResponseFormat, TextPart
from waystation.wire.errors import BadRequest

ONE = msgspec.Raw(b"1")
MINIMUM: dict[str, Any] = {"model": "m", "input": "hi"}
GIVEN = {"model": msgspec.Raw(b'"m"'), "input": msgspec.Raw(b'"hi"')}
WORDS: dict[str, Any] = {
    "dialect": "openai.responses",
    "model": "m",
    "messages": (Message(role="user", parts=(TextPart(text="hi"),)),),
    "user_name": "safety_identifier",
}
SCHEMA = {"type": "json_schema", "name": "n", "description": "d", "schema": {}, "strict": True, "x": 1}


def compact(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def read(**members: Any) -> ResponsesRequest:
    return decode_request(compact(MINIMUM | members))


def test_the_least_that_can_be_asked() -> None:
    assert read() == ResponsesRequest(**WORDS, given=GIVEN)
    assert decode_request(b"\xef\xbb\xbf" + compact(MINIMUM)) == ResponsesRequest(**WORDS, given=GIVEN)


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ({"stream": True, "stream_options": {"include_usage": True}}, {"stream": True, "include_usage": True}),
        ({"stream_options": {"include_obfuscation": 1}}, {"extras": {"stream_options.include_obfuscation": ONE}}),
        ({"max_output_tokens": 5.0}, {"max_output_tokens": 5}),
        ({"temperature": 1, "top_p": 0.5}, {"temperature": 1.0, "top_p": 0.5}),
        ({"parallel_tool_calls": False, "store": True}, {"parallel_tool_calls": False, "store": True}),
        ({"include": ["reasoning.encrypted_content"]}, {"include": ("reasoning.encrypted_content",)}),
        (
            {"include": ["message.output_text.logprobs", "x"], "top_logprobs": 2},
            {
                "include": ("message.output_text.logprobs", "x"),
                "logprobs": True,
                "top_logprobs": 2,
                "extras": {"include": msgspec.Raw(b'["x"]')},
            },
        ),
        ({"service_tier": "flex"}, {"service_tier": "flex"}),
        ({"user": "u"}, {"user": "u", "user_name": "user"}),
        ({"safety_identifier": "s"}, {"user": "s"}),
        ({"metadata": {"a": "b"}}, {"metadata": {"a": "b"}}),
        ({"prompt_cache_key": "k"}, {"cache_key": "k"}),
        ({"previous_response_id": "resp_1"}, {"previous_response_id": "resp_1"}),
        ({"truncation": 1, "max_tool_calls": 1}, {"extras": {"truncation": ONE, "max_tool_calls": ONE}}),
        ({"reasoning": {"effort": "low", "summary": "auto"}}, {"reasoning": Reasoning(effort="low", summary="auto")}),
        ({"reasoning": {"generate_summary": "auto"}}, {"reasoning": Reasoning(summary="auto")}),
        (
            {"reasoning": {"effort": "utmost", "x": 1}},
            {
                "reasoning": Reasoning(),
                "extras": {"reasoning.x": ONE, "reasoning.effort": msgspec.Raw(b'"utmost"')},
            },
        ),
        (
            {"text": {"verbosity": "low", "x": 1}},
            {"verbosity": "low", "extras": {"text.x": ONE}},
        ),
        ({"text": {"format": {"type": "text"}}}, {"response_format": ResponseFormat(kind="text")}),
        (
            {"text": {"format": {"type": "json_object", "x": 1}}},
            {"response_format": ResponseFormat(kind="json_object"), "extras": {"text.format.x": ONE}},
        ),
        (
            {"text": {"format": SCHEMA}},
            {
                "response_format": ResponseFormat(
                    kind="json_schema", name="n", description="d", schema=msgspec.Raw(b"{}"), strict=True
                ),
                "extras": {"text.format.x": ONE},
            },
        ),
        (
            {"text": {"format": {"type": "grammar"}, "verbosity": "low"}},
            {"verbosity": "low", "extras": {"text.format": msgspec.Raw(b'{"type":"grammar"}')}},
        ),
        ({"tool_choice": {"type": "mcp"}}, {"extras": {"tool_choice": msgspec.Raw(b'{"type":"mcp"}')}}),
    ],
)
def test_each_member_has_its_word(members: dict[str, Any], words: dict[str, Any]) -> None:
    given = GIVEN | {name: msgspec.Raw(compact(value)) for name, value in members.items()}
    assert read(**members) == ResponsesRequest(**WORDS | {"given": given} | words)


@pytest.mark.parametrize(
    ("members", "param"),
    [
        ({"model": None}, "model"),
        ({"model": ""}, "model"),
        ({"max_output_tokens": 0}, "max_output_tokens"),
        ({"max_output_tokens": 1.5}, "max_output_tokens"),
        ({"metadata": {"a": 1}}, "metadata.a"),
        ({"metadata": {"a": None}}, None),
        ({"reasoning": {"effort": 5}}, "reasoning.effort"),
        ({"text": {"format": 5}}, "text.format"),
        ({"tools": [{"type": "function"}]}, "tools[0].name"),
        ({"include": [5]}, "include"),
        ({"input": None}, "input"),
    ],
)
def test_what_is_wrong_is_named(members: dict[str, Any], param: str | None) -> None:
    if param is None:
        assert read(**members).metadata == {}
        return
    with pytest.raises(BadRequest) as raised:
        read(**members)
    assert raised.value.param == param
