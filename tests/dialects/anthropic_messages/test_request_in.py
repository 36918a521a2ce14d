"""A caller's request, into words."""

import json
from typing import Any

import msgspec
import pytest

from waystation.dialects.anthropic_messages.request_in import decode_request
from waystation.wire.chat import ChatRequest, Message, ResponseFormat, TextPart, ToolChoice
from waystation.wire.errors import BadRequest

HI = [{"role": "user", "content": "Hi"}]


def read(**members: Any) -> ChatRequest:
    return decode_request(json.dumps({"model": "m", "messages": HI, **members}).encode())


def raw(given: object) -> msgspec.Raw:
    return msgspec.Raw(json.dumps(given).encode())


def test_the_least_request() -> None:
    assert decode_request(b'\xef\xbb\xbf{"model":"m","messages":[{"role":"user","content":"Hi"}]}') == ChatRequest(
        dialect="anthropic.messages",
        model="m",
        messages=(Message(role="user", parts=(TextPart(text="Hi"),)),),
        include_usage=True,
    )


def test_every_member() -> None:
    got = read(
        max_tokens=100.0,
        stream=True,
        temperature=0.5,
        top_p=0.9,
        top_k=4,
        stop_sequences=["a", "b"],
        tools=[{"name": "f"}],
        tool_choice={"type": "any", "disable_parallel_tool_use": True},
        output_config={"effort": "low", "format": {"type": "json_schema", "schema": {}, "x": 1}, "y": 2},
        metadata={"user_id": "u", "z": 3},
        service_tier="auto",
        container="c",
    )
    assert (got.max_output_tokens, got.stream, got.temperature, got.top_p, got.top_k) == (100, True, 0.5, 0.9, 4)
    assert (got.stop, len(got.tools), got.tool_choice) == (("a", "b"), 1, ToolChoice("required"))
    assert (got.parallel_tool_calls, got.user, got.service_tier) == (False, "u", "auto")
    assert got.response_format == ResponseFormat(kind="json_schema", schema=raw({}))
    assert got.reasoning is not None
    assert got.reasoning.effort == "low"
    assert got.extras == {
        "container": raw("c"),
        "output_config.format.x": raw(1),
        "output_config.y": raw(2),
        "metadata.z": raw(3),
    }


def test_no_answer_may_be_wanted() -> None:
    assert (read(max_tokens=0).max_output_tokens, read(max_tokens=None).max_output_tokens) == (0, None)


def test_the_format_under_its_old_name() -> None:
    form = {"type": "json_schema", "schema": {"type": "object"}}
    assert read(output_format=form).response_format == ResponseFormat(kind="json_schema", schema=raw(form["schema"]))


@pytest.mark.parametrize(
    ("members", "name"),
    [
        ({"output_config": {"format": {"type": "odd"}}}, "output_config.format"),
        ({"output_format": {"type": "odd"}}, "output_format"),
    ],
)
def test_a_format_of_another_kind_is_an_unknown_member(members: dict[str, Any], name: str) -> None:
    got = read(**members)
    assert (got.response_format, got.extras) == (None, {name: raw({"type": "odd"})})


@pytest.mark.parametrize(
    ("members", "param"),
    [
        ({"model": None}, "model"),
        ({"model": ""}, "model"),
        ({"max_tokens": -1}, "max_tokens"),
        ({"max_tokens": 1.5}, "max_tokens"),
        ({"max_tokens": 2**31}, "max_tokens"),
        ({"stream": "yes"}, "stream"),
        ({"stop_sequences": [5]}, "stop_sequences"),
        ({"metadata": {"user_id": 5}}, "metadata.user_id"),
        ({"output_config": {"format": 5}}, "output_config.format"),
        ({"output_config": {"effort": 5}}, "output_config.effort"),
    ],
)
def test_a_mistake_is_named(members: dict[str, Any], param: str) -> None:
    with pytest.raises(BadRequest) as caught:
        read(**members)
    assert caught.value.param == param


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"\xff"])
def test_what_is_no_object_is_refused(body: bytes) -> None:
    with pytest.raises(BadRequest):
        decode_request(body)
