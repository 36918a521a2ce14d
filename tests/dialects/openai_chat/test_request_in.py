"""A caller's request, into words."""

import json
from typing import Any

import msgspec
import pytest

from waystation.dialects.openai_chat.request_in import decode_request
from waystation.wire.chat import ChatRequest, Message, ResponseFormat, TextPart
from waystation.wire.errors import BadRequest

MINIMUM: dict[str, Any] = {"model": "m", "messages": [{"role": "user", "content": "hi"}]}
WORDS: dict[str, Any] = {
    "dialect": "openai.chat",
    "model": "m",
    "messages": (Message(role="user", parts=(TextPart(text="hi"),)),),
}
ONE = msgspec.Raw(b"1")
SCHEMA = {"name": "n", "description": "d", "schema": {}, "strict": True, "x": 1}


def read(**members: Any) -> ChatRequest:
    return decode_request(json.dumps(MINIMUM | members, separators=(",", ":")).encode())


def test_the_least_that_can_be_asked() -> None:
    assert read() == ChatRequest(**WORDS)
    assert decode_request(b"\xef\xbb\xbf" + json.dumps(MINIMUM).encode()) == ChatRequest(**WORDS)


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ({"stream": True, "stream_options": {"include_usage": True}}, {"stream": True, "include_usage": True}),
        ({"stream": None, "stream_options": {"x": 1}}, {"extras": {"stream_options.x": ONE}}),
        ({"max_tokens": 5}, {"max_output_tokens": 5}),
        ({"max_tokens": 5, "max_completion_tokens": 7.0}, {"max_output_tokens": 7}),
        ({"temperature": 1, "top_p": 0.5, "top_k": -1}, {"temperature": 1.0, "top_p": 0.5, "top_k": -1}),
        ({"frequency_penalty": 1, "presence_penalty": 2}, {"frequency_penalty": 1.0, "presence_penalty": 2.0}),
        ({"seed": 3, "stop": "a", "n": 2}, {"seed": 3, "stop": ("a",), "choices": 2}),
        ({"stop": ["a", "b"], "n": None}, {"stop": ("a", "b")}),
        ({"logprobs": True, "top_logprobs": 2}, {"logprobs": True, "top_logprobs": 2}),
        ({"verbosity": "low", "service_tier": "flex"}, {"verbosity": "low", "service_tier": "flex"}),
        ({"user": "u"}, {"user": "u"}),
        ({"safety_identifier": "s"}, {"user": "s"}),
        ({"user": "u", "safety_identifier": "s"}, {"user": "u", "extras": {"safety_identifier": msgspec.Raw(b'"s"')}}),
        ({"metadata": {"a": "b"}}, {"metadata": {"a": "b"}}),
        ({"prompt_cache_key": "k", "store": False}, {"cache_key": "k", "store": False}),
        ({"parallel_tool_calls": True}, {"parallel_tool_calls": True}),
        ({"response_format": {"type": "text"}}, {"response_format": ResponseFormat(kind="text")}),
        (
            {"response_format": {"type": "json_object", "x": 1}},
            {"response_format": ResponseFormat(kind="json_object"), "extras": {"response_format.x": ONE}},
        ),
        (
            {"response_format": {"type": "json_schema", "json_schema": SCHEMA}},
            {
                "response_format": ResponseFormat(
                    kind="json_schema", name="n", description="d", schema=msgspec.Raw(b"{}"), strict=True
                ),
                "extras": {"response_format.json_schema.x": ONE},
            },
        ),
        (
            {"response_format": {"type": "grammar"}},
            {"extras": {"response_format": msgspec.Raw(b'{"type":"grammar"}')}},
        ),
        ({"logit_bias": {"5": 1}}, {"extras": {"logit_bias": msgspec.Raw(b'{"5":1}')}}),
    ],
)
def test_settings_become_words(members: dict[str, Any], words: dict[str, Any]) -> None:
    assert read(**members) == ChatRequest(**WORDS | words)


def test_whoever_gives_functions_gets_one_call() -> None:
    assert read(functions=[{"name": "f"}]).parallel_tool_calls is False
    assert read(functions=[{"name": "f"}], parallel_tool_calls=True).parallel_tool_calls is True
    assert read(tools=[{"type": "function", "function": {"name": "f"}}]).parallel_tool_calls is None


@pytest.mark.parametrize(
    ("members", "param"),
    [
        ({"model": None}, "model"),
        ({"model": ""}, "model"),
        ({"messages": []}, "messages"),
        ({"stream": 1}, "stream"),
        ({"stream_options": True}, "stream_options"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"max_completion_tokens": 1.5}, "max_completion_tokens"),
        ({"n": 129}, "n"),
        ({"metadata": {"a": 1}}, "metadata.a"),
        ({"stop": 5}, "stop"),
        ({"response_format": "json"}, "response_format"),
        ({"response_format": {"type": "json_schema"}}, "response_format.json_schema"),
    ],
)
def test_broken_settings_are_refused_by_name(members: dict[str, Any], param: str) -> None:
    with pytest.raises(BadRequest) as caught:
        read(**members)
    assert caught.value.param == param


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"\xff"])
def test_what_is_no_object_is_refused(body: bytes) -> None:
    with pytest.raises(BadRequest):
        decode_request(body)
