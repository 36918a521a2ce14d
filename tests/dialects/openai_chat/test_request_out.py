"""A request as a vendor gets it."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from waystation.dialects.codec import Target
from waystation.dialects.openai_chat.request_in import decode_request
from waystation.dialects.openai_chat.request_out import encode_request
from waystation.wire.chat import ChatRequest, FunctionTool, Message, Reasoning, ResponseFormat, TextPart
from waystation.wire.dialect import Dialect, Trait
from waystation.wire.loss import Loss

MESSAGES = (Message(role="user", parts=(TextPart(text="hi"),)),)
LEAST = {"model": "v", "messages": [{"role": "user", "content": "hi"}]}


def write(
    source: Dialect = "anthropic.messages", *, stream: bool = False, traits: tuple[Trait, ...] = (), **words: Any
) -> tuple[dict[str, Any], tuple[Loss, ...]]:
    request = ChatRequest(dialect=source, model="m", messages=MESSAGES, **words)
    encoded = encode_request(request, Target(model="v", stream=stream, traits=frozenset(traits)))
    return json.loads(encoded.body), encoded.losses


def test_only_what_was_said_is_written() -> None:
    assert write() == (LEAST, ())


def test_a_stream_is_always_asked_for_its_usage() -> None:
    assert write(stream=True) == (LEAST | {"stream": True, "stream_options": {"include_usage": True}}, ())
    extras = {"stream_options.x": msgspec.Raw(b"1")}
    assert write("openai.chat", stream=True, extras=extras)[0]["stream_options"] == {"include_usage": True, "x": 1}
    assert write("openai.chat", extras=extras) == (LEAST, ())


def test_the_bound_has_the_vendors_name() -> None:
    assert write(max_output_tokens=5)[0]["max_tokens"] == 5
    assert write(max_output_tokens=5, traits=("max_completion_tokens",))[0]["max_completion_tokens"] == 5


def test_settings_have_their_names() -> None:
    body, losses = write(
        "openai.responses",
        traits=("developer_role",),
        tools=(FunctionTool(name="f"),),
        parallel_tool_calls=False,
        temperature=0.5,
        top_p=0.5,
        stop=("a",),
        choices=2,
        logprobs=True,
        top_logprobs=3,
        seed=1,
        user="u",
        metadata={"a": "b"},
        cache_key="k",
        store=True,
        verbosity="low",
        service_tier="flex",
        reasoning=Reasoning(effort="low"),
        response_format=ResponseFormat(kind="json_schema", schema=msgspec.Raw(b"{}")),
    )
    assert losses == ()
    assert body == LEAST | {
        "tools": [{"type": "function", "function": {"name": "f"}}],
        "parallel_tool_calls": False,
        "temperature": 0.5,
        "top_p": 0.5,
        "stop": ["a"],
        "n": 2,
        "logprobs": True,
        "top_logprobs": 3,
        "seed": 1,
        "user": "u",
        "metadata": {"a": "b"},
        "prompt_cache_key": "k",
        "store": True,
        "verbosity": "low",
        "service_tier": "flex",
        "reasoning_effort": "low",
        "response_format": {"type": "json_schema", "json_schema": {"name": "response", "schema": {}}},
    }


def test_what_only_openai_knows_is_not_sent_to_others() -> None:
    own: dict[str, Any] = {"verbosity": "low", "cache_key": "k", "store": False, "metadata": {"a": "b"}}
    body, losses = write("openai.responses", service_tier="flex", **own)
    assert body == LEAST
    assert sorted(loss.field for loss in losses) == ["metadata", "prompt_cache_key", "service_tier", "verbosity"]
    body, losses = write("openai.responses", traits=("developer_role",), **own)
    assert [loss.field for loss in losses] == ["metadata"]
    assert body == LEAST | {"verbosity": "low", "prompt_cache_key": "k", "store": False}
    assert write("openai.chat", **own)[1] == ()


def test_calls_in_parallel_are_not_spoken_of_without_tools() -> None:
    assert write(parallel_tool_calls=True, response_format=ResponseFormat(kind="json_object")) == (
        LEAST | {"response_format": {"type": "json_object"}},
        (),
    )


@pytest.mark.parametrize(
    ("words", "field", "grave"),
    [
        ({"top_k": 5}, "top_k", False),
        ({"service_tier": "auto"}, "service_tier", False),
        ({"previous_response_id": "resp_1"}, "previous_response_id", True),
        ({"reasoning": Reasoning(enabled=True)}, "reasoning", False),
        ({"reasoning": Reasoning(summary="auto")}, "reasoning.summary", False),
        ({"extras": {"x": msgspec.Raw(b"1")}}, "x", False),
    ],
)
def test_what_cannot_be_said_is_a_loss(words: dict[str, Any], field: str, grave: bool) -> None:
    body, losses = write(**words)
    assert body == LEAST
    assert [(loss.field, loss.grave) for loss in losses] == [(field, grave)]


def test_what_can_be_said_of_thinking_is_no_loss() -> None:
    assert write(reasoning=Reasoning(enabled=True, budget_tokens=1_000, summary="none")) == (
        LEAST | {"reasoning_effort": "low"},
        (),
    )


JSON = st.recursive(
    st.booleans() | st.integers(-9, 9) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)
UNKNOWN = st.dictionaries(st.text("abxyz_", min_size=1, max_size=3), JSON, max_size=3)
NAMES = st.sampled_from(["f", "g"])


@st.composite
def bodies(draw: st.DrawFn) -> dict[str, Any]:
    """Requests with members that no one knows, wherever there may be some."""

    def some(**known: Any) -> dict[str, Any]:
        return draw(UNKNOWN) | known

    image = some(type="image_url", image_url=some(url="https://x", detail="low"))
    file = some(type="file", file=some(file_id="file-1"))
    text = some(type="text", text=draw(st.text(max_size=5)))
    call = some(id="c", type="function", function=some(name=draw(NAMES), arguments="{}"))
    messages = [
        some(role="system", content=[text, some(type="text", text="b")]),
        some(role="user", content=[image, file, some(type="odd")], name="bob"),
        some(role="assistant", content="a", tool_calls=[call], refusal="no"),
        some(role="tool", tool_call_id="c", content="r"),
    ]
    tool = some(type="function", function=some(name=draw(NAMES), parameters=draw(UNKNOWN)))
    schema = some(type="json_schema", json_schema=some(name="s", schema={}))
    body = some(
        model="m", messages=messages, tools=[tool], response_format=schema, stream=True, thinking=some(type="enabled")
    )
    return body | {"stream_options": some(include_usage=True), "tool_choice": draw(st.sampled_from(["auto", "none"]))}


@given(bodies())
def test_nothing_that_is_unknown_is_lost(body: dict[str, Any]) -> None:
    request = decode_request(json.dumps(body).encode())
    encoded = encode_request(request, Target(model="m", stream=True))
    assert encoded.losses == ()
    assert json.loads(encoded.body) == body
    assert decode_request(encoded.body).messages == request.messages


@given(bodies())
def test_each_unknown_member_is_a_loss_elsewhere(body: dict[str, Any]) -> None:
    request = decode_request(json.dumps(body).encode())
    foreign = msgspec.structs.replace(request, dialect="anthropic.messages")
    lost = {loss.field for loss in encode_request(foreign, Target(model="m")).losses}
    assert set(request.extras) <= lost
    assert {f"tools[0].{name}" for name in request.tools[0].extras} <= lost  # type: ignore[union-attr]
