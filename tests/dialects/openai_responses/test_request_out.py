"""A conversation's request, as it is written to a vendor."""

import json
from typing import Any

import msgspec
import pytest

from waystation.dialects.codec import Target
from waystation.dialects.openai_responses.request_in import decode_request
from waystation.dialects.openai_responses.request_out import encode_request
from waystation.dialects.seal import wrap
from waystation.wire.chat import ChatRequest, FunctionTool, Message, Reasoning, ResponseFormat, Seal, TextPart

ASKED: dict[str, Any] = {
    "dialect": "openai.chat",
    "model": "m",
    "messages": (Message(role="user", parts=(TextPart(text="hi"),)),),
}
SAID = {
    "model": "v",
    "input": [{"type": "message", "role": "user", "content": [{"type": "input_text", "text": "hi"}]}],
    "include": ["reasoning.encrypted_content"],
    "store": False,
}
TOOLS = (FunctionTool(name="f", parameters=msgspec.Raw(b"{}"), strict=True),)
TARGET = Target(model="v")


def write(**words: Any) -> tuple[dict[str, Any], list[tuple[str, bool]]]:
    encoded = encode_request(ChatRequest(**ASKED | words), TARGET)
    return json.loads(encoded.body), [(loss.field, loss.grave) for loss in encoded.losses]


def again(**members: Any) -> dict[str, Any]:
    """The same language, there and back."""
    request = decode_request(json.dumps({"model": "m", "input": []} | members).encode())
    encoded = encode_request(request, TARGET)
    assert encoded.losses == ()
    written: dict[str, Any] = json.loads(encoded.body)
    assert written.pop("model") == "v"
    return written


def test_another_languages_request_stores_nothing_and_wants_its_reasoning_sealed() -> None:
    assert write() == (SAID, [])
    streamed = encode_request(ChatRequest(**ASKED), Target(model="v", stream=True))
    assert json.loads(streamed.body) == {**SAID, "stream": True}


@pytest.mark.parametrize(
    ("words", "members"),
    [
        ({"max_output_tokens": 99}, {"max_output_tokens": 99}),
        ({"temperature": 0.5, "top_p": 0.5}, {"temperature": 0.5, "top_p": 0.5}),
        (
            {"logprobs": True, "top_logprobs": 2},
            {"top_logprobs": 2, "include": ["reasoning.encrypted_content", "message.output_text.logprobs"]},
        ),
        ({"top_logprobs": 2}, {}),
        ({"parallel_tool_calls": False}, {}),
        ({"verbosity": "low"}, {"text": {"verbosity": "low"}}),
        ({"response_format": ResponseFormat(kind="json_object")}, {"text": {"format": {"type": "json_object"}}}),
        (
            {"response_format": ResponseFormat(kind="json_schema", schema=msgspec.Raw(b"{}"), strict=True)},
            {"text": {"format": {"type": "json_schema", "name": "response", "schema": {}, "strict": True}}},
        ),
        ({"reasoning": Reasoning(effort="low", summary="auto")}, {"reasoning": {"effort": "low", "summary": "auto"}}),
        ({"reasoning": Reasoning(budget_tokens=2_000, summary="none")}, {"reasoning": {"effort": "medium"}}),
        ({"reasoning": Reasoning(enabled=False)}, {"reasoning": {"effort": "none"}}),
        ({"reasoning": Reasoning()}, {}),
        ({"service_tier": "flex", "user": "u"}, {"service_tier": "flex", "user": "u"}),
        ({"metadata": {"a": "b"}, "cache_key": "k"}, {"metadata": {"a": "b"}, "prompt_cache_key": "k"}),
        ({"store": False}, {}),
    ],
)
def test_each_word_has_its_member(words: dict[str, Any], members: dict[str, Any]) -> None:
    assert write(**words) == (SAID | members, [])


def test_calls_at_once_matter_where_there_are_tools() -> None:
    written, _ = write(tools=TOOLS, parallel_tool_calls=False)
    assert written["parallel_tool_calls"] is False
    assert written["tools"] == [{"type": "function", "name": "f", "parameters": {}, "strict": True}]


@pytest.mark.parametrize(
    ("words", "losses"),
    [
        ({"top_k": 5, "seed": 1, "stop": ("a",)}, [("top_k", False), ("seed", False), ("stop", False)]),
        ({"frequency_penalty": 1.0}, [("frequency_penalty", False)]),
        ({"presence_penalty": 1.0}, [("presence_penalty", False)]),
        ({"choices": 2}, [("n", True)]),
        ({"store": True}, [("store", False)]),
        ({"reasoning": Reasoning(enabled=True)}, [("reasoning", False)]),
        ({"extras": {"logit_bias": msgspec.Raw(b"{}")}}, [("logit_bias", False)]),
        ({"dialect": "anthropic.messages", "service_tier": "auto"}, [("service_tier", False)]),
    ],
)
def test_what_can_not_be_said_is_noted(words: dict[str, Any], losses: list[tuple[str, bool]]) -> None:
    assert write(**words) == (SAID, losses)


def test_a_bound_below_openais_least_is_raised_to_it() -> None:
    assert write(max_output_tokens=5) == (SAID | {"max_output_tokens": 16}, [("max_output_tokens", False)])


@pytest.mark.parametrize(
    "members",
    [
        {"max_output_tokens": 5, "parallel_tool_calls": True, "top_logprobs": 2},
        {"include": ["web_search_call.action.sources", "reasoning.encrypted_content"], "store": True},
        {"reasoning": {"effort": "utmost", "summary": "odd", "x": 1}},
        {"text": {"format": {"type": "odd"}, "verbosity": "low", "x": 1}},
        {"safety_identifier": "s"},
        {"user": "u", "safety_identifier": "s"},
        {"previous_response_id": "resp_1", "truncation": "auto", "background": True},
        {"tools": [{"type": "web_search"}], "tool_choice": {"type": "web_search"}},
        {"conversation": {"id": "conv_1"}, "instructions": "be"},
    ],
)
def test_the_same_language_is_written_as_it_was(members: dict[str, Any]) -> None:
    written = again(**members)
    written.pop("input", None)
    assert written == members


def test_options_of_a_stream_need_one() -> None:
    request = decode_request(b'{"model":"m","input":"hi","stream":true,"stream_options":{"x":1}}')
    streamed = json.loads(encode_request(request, Target(model="v", stream=True)).body)
    assert streamed["stream_options"] == {"x": 1}
    assert "stream_options" not in json.loads(encode_request(request, TARGET).body)


def test_a_prompt_may_stand_for_the_input() -> None:
    request = decode_request(b'{"model":"m","prompt":{"id":"p"}}')
    assert json.loads(encode_request(request, TARGET).body) == {"model": "v", "prompt": {"id": "p"}}


def test_where_others_took_part_their_seals_and_all_ids_are_left_out() -> None:
    items = [
        {"type": "reasoning", "id": "rs_2", "summary": [{"type": "summary_text", "text": "h"}]},
        {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": wrap(Seal("gemini.generate", "s"))},
        {"type": "message", "role": "assistant", "id": "msg_1", "content": "a"},
    ]
    request = decode_request(json.dumps({"model": "m", "input": items}).encode())
    (item,) = json.loads(encode_request(request, TARGET).body)["input"]
    assert "id" not in item
    assert item["content"][0]["text"] == "a"
