"""A conversation's request, as it is written to a vendor."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from waystation.dialects.anthropic_messages.request_in import decode_request
from waystation.dialects.anthropic_messages.request_out import encode_request
from waystation.dialects.codec import Target
from waystation.wire.chat import ChatRequest, FunctionTool, Message, Reasoning, ResponseFormat, TextPart, ToolChoice
from waystation.wire.loss import Loss

HI = Message(role="user", parts=(TextPart(text="Hi"),))
TOOL = FunctionTool(name="f")
SCHEMA = msgspec.Raw(b'{"type":"object","properties":{}}')


def write(model: str = "claude-sonnet-4-5", *, stream: bool = False, **asked: Any) -> tuple[Any, tuple[Loss, ...]]:
    members = {"dialect": "openai.chat", "model": "public", "messages": (HI,)} | asked
    encoded = encode_request(ChatRequest(**members), Target(model=model, stream=stream, max_output_tokens=9_000))
    return json.loads(encoded.body), encoded.losses


def test_the_least_request() -> None:
    assert write() == (
        {"model": "claude-sonnet-4-5", "messages": [{"role": "user", "content": "Hi"}], "max_tokens": 9_000},
        (),
    )


def test_a_request_with_all_that_can_be_said() -> None:
    system = Message(role="system", parts=(TextPart(text="Be brief."),))
    body, losses = write(
        stream=True,
        messages=(system, HI),
        tools=(TOOL,),
        tool_choice=ToolChoice("auto"),
        max_output_tokens=500,
        temperature=0.5,
        stop=("a", " "),
        user="u",
        service_tier="auto",
        response_format=ResponseFormat(kind="json_schema", name="n", schema=SCHEMA),
    )
    assert body == {
        "model": "claude-sonnet-4-5",
        "messages": [{"role": "user", "content": "Hi"}],
        "system": "Be brief.",
        "stream": True,
        "tools": [{"name": "f", "input_schema": {"type": "object", "properties": {}}}],
        "tool_choice": {"type": "auto"},
        "max_tokens": 500,
        "output_config": {
            "format": {
                "type": "json_schema",
                "schema": {"type": "object", "properties": {}, "additionalProperties": False},
            }
        },
        "stop_sequences": ["a"],
        "temperature": 0.5,
        "metadata": {"user_id": "u"},
    }
    assert losses == (Loss("stop", "Anthropic's stop sequences can't be white space only"),)


@pytest.mark.parametrize(
    ("asked", "field", "grave"),
    [
        ({"seed": 0}, "seed", False),
        ({"verbosity": "low"}, "verbosity", False),
        ({"cache_key": "k"}, "cache_key", False),
        ({"metadata": {"a": "b"}}, "metadata", False),
        ({"logprobs": True}, "logprobs", False),
        ({"top_logprobs": 2}, "logprobs", False),
        ({"service_tier": "flex"}, "service_tier", False),
        ({"store": True}, "store", False),
        ({"choices": 2}, "choices", True),
        ({"previous_response_id": "r"}, "previous_response_id", True),
        ({"frequency_penalty": 1.0}, "frequency_penalty", False),
        ({"extras": {"logit_bias": msgspec.Raw(b"{}")}}, "logit_bias", False),
        ({"response_format": ResponseFormat(kind="json_object")}, "response_format", False),
        ({"response_format": ResponseFormat(kind="json_schema")}, "response_format", False),
    ],
)
def test_what_is_lost_is_noted(asked: dict[str, Any], field: str, grave: bool) -> None:
    body, losses = write(**asked)
    assert [(loss.field, loss.grave) for loss in losses] == [(field, grave)]
    assert body == write()[0]


@pytest.mark.parametrize(
    "asked",
    [
        {"service_tier": "default"},
        {"store": False},
        {"logprobs": False},
        {"parallel_tool_calls": True},
        {"frequency_penalty": 0.0},
        {"response_format": ResponseFormat(kind="text")},
    ],
)
def test_what_goes_without_saying_is_no_loss(asked: dict[str, Any]) -> None:
    assert write(**asked) == write()


def test_a_model_without_formats_loses_a_schema_gravely() -> None:
    _, losses = write("claude-opus-4-1", response_format=ResponseFormat(kind="json_schema", schema=SCHEMA))
    assert losses == (Loss("response_format", "this model can't be held to a schema", grave=True),)


def test_thinking_goes_with_its_bounds() -> None:
    body, losses = write(reasoning=Reasoning(effort="low"), max_output_tokens=500, temperature=0.2)
    assert (body["thinking"], body["max_tokens"]) == ({"type": "enabled", "budget_tokens": 1024}, 1524)
    assert [loss.field for loss in losses] == ["max_output_tokens", "temperature"]
    body, _ = write("claude-opus-5", reasoning=Reasoning(effort="low"))
    assert body["output_config"] == {"effort": "low"}


def test_a_forced_tool_leaves_no_room_for_thinking() -> None:
    body, losses = write(tools=(TOOL,), tool_choice=ToolChoice("required"), reasoning=Reasoning(effort="low"))
    assert (body["tool_choice"], body["thinking"]) == ({"type": "any"}, {"type": "disabled"})
    assert [loss.field for loss in losses] == ["reasoning"]
    body, _ = write(
        "claude-opus-5-5", tools=(TOOL,), tool_choice=ToolChoice("required"), reasoning=Reasoning(effort="low")
    )
    assert (body["tool_choice"]["type"], body["thinking"]["type"]) == ("auto", "adaptive")


def again(body: Any, model: str = "claude-opus-5-5") -> tuple[Any, tuple[Loss, ...]]:
    encoded = encode_request(
        decode_request(json.dumps(body).encode()), Target(model=model, stream=bool(body.get("stream")))
    )
    return json.loads(encoded.body), encoded.losses


def test_its_own_language_stays_as_it_was() -> None:
    body = {
        "model": "claude-opus-5-5",
        "max_tokens": 0,
        "stream": True,
        "system": [{"type": "text", "text": "s", "cache_control": {"type": "ephemeral"}}],
        "messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "x"}],
        "thinking": {"type": "enabled", "budget_tokens": 7, "z": 1},
        "output_config": {"effort": "utmost", "format": {"type": "json_schema", "schema": {}}},
        "temperature": 0.0,
        "top_p": 0.5,
        "top_k": 3,
        "stop_sequences": [" "],
        "service_tier": "standard_only",
        "metadata": {"user_id": "u", "z": 2},
        "cache_control": {"type": "ephemeral"},
    }
    assert again(body) == (body, ())


def test_another_vendors_call_before_a_result_leaves_its_budget_out() -> None:
    call = {"type": "tool_use", "id": "i", "name": "f", "input": {}}
    body = {
        "model": "m",
        "max_tokens": 4096,
        "messages": [
            {"role": "user", "content": "Hi"},
            {"role": "assistant", "content": [call]},
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "i"}]},
        ],
        "thinking": {"type": "enabled", "budget_tokens": 1024},
    }
    got, losses = again(body, "m")
    assert ("thinking" in got, [loss.field for loss in losses]) == (False, ["thinking"])
    got, losses = again(body | {"thinking": {"type": "adaptive"}}, "m")
    assert (got["thinking"], losses) == ({"type": "adaptive"}, ())


JSON = st.recursive(
    st.booleans() | st.integers(0, 9) | st.text("aé", max_size=3), lambda inner: st.lists(inner, max_size=2)
)
UNKNOWN = st.dictionaries(st.text("xyz_.", min_size=2, max_size=4), JSON, max_size=2)


@given(UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN)
def test_unknown_members_are_kept_everywhere(
    top: Any, message: Any, block: Any, tool: Any, config: Any, call: Any
) -> None:
    body = {
        **top,
        "model": "m",
        "max_tokens": 9,
        "messages": [
            {**message, "role": "user", "content": [{**block, "type": "text", "text": "t"}, {**block, "type": "odd"}]},
            {**message, "role": "user", "content": "again"},
            {
                **message,
                "role": "assistant",
                "content": [{**call, "type": "tool_use", "id": "i", "name": "f", "input": {}}],
            },
            {
                **message,
                "role": "user",
                "content": [
                    {
                        **block,
                        "type": "tool_result",
                        "tool_use_id": "i",
                        "content": [{**block, "type": "text", "text": "r"}] * 2,
                    },
                    {**block, "type": "document", "source": {**call, "type": "file", "file_id": "f"}},
                ],
            },
        ],
        "tools": [{**tool, "name": "f"}, {**tool, "type": "odd"}],
        "tool_choice": {**tool, "type": "auto"},
        "output_config": {**config, "format": {**config, "type": "json_schema", "schema": {}}},
        "metadata": {**config, "user_id": "u"},
    }
    assert again(body, "m") == (body, ())
