"""The dialect's way to the hub and back, as the house calls it."""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.dialects.openai_responses.streams import ITEMS, asked, completed, frame, told
from waystation.dialects.codec import ChatHub, Target
from waystation.dialects.lanes import HubReader
from waystation.dialects.openai_responses import CODEC
from waystation.wire.errors import BadRequest, UpstreamError

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)
KNOWN = st.sampled_from([True, 1, "x", [1], {"deep": [{"er": "值"}]}])
UNKNOWN = st.dictionaries(st.text("abc.", min_size=1, max_size=3).map(lambda name: f"x_{name}"), KNOWN, max_size=2)


@pytest.fixture
def hub() -> ChatHub:
    assert CODEC.chat is not None
    return CODEC.chat


def test_a_stream_goes_through(hub: ChatHub) -> None:
    lane = HubReader(hub.event_reader(1, "call_9"), hub.event_writer(asked(stream=True)))
    frames = (frame("response.output_text.delta", delta="Hello"), completed())
    sent = b"".join(lane.feed(b"data: " + (one.data or b"") + b"\n\n") for one in frames) + lane.close()
    assert told(sent)[-1]["response"]["output"][0]["content"][0]["text"] == "Hello"


def test_a_plain_answer_goes_through(hub: ChatHub) -> None:
    body = b'{"id":"resp_7","status":"completed","output":[],"x":1}'
    given_back = json.loads(hub.encode_reply(hub.decode_reply(body, "call_9"), asked()))
    assert (given_back["id"], given_back["x"], given_back["output"]) == ("resp_7", 1, [])


@given(UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN)
def test_the_same_language_gets_every_unknown_member_back(
    top: dict[str, Any],
    item: dict[str, Any],
    part: dict[str, Any],
    tool: dict[str, Any],
    call: dict[str, Any],
    thought: dict[str, Any],
) -> None:
    body = {
        "model": "m",
        "input": [
            {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "a", **part}], **item},
            {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "e", **thought},
            {
                "type": "message",
                "role": "assistant",
                "content": [{"type": "output_text", "text": "b", "annotations": [], **part}],
                **item,
            },
            {"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}", **call},
            {"type": "function_call_output", "call_id": "c", "output": "o", **item},
            {"type": "web_search_call", "id": "ws_1", **item},
        ],
        "tools": [
            {"type": "function", "name": "f", "parameters": {}, **tool},
            {"type": "custom", "name": "g", **tool},
            {"type": "mcp", **tool},
        ],
        "text": {"format": {"type": "text", **tool}, **top},
        "reasoning": {"effort": "low", **top},
        **top,
    }
    assert CODEC.chat is not None
    request = CODEC.chat.decode_request(json.dumps(body).encode())
    encoded = CODEC.chat.encode_request(request, Target(model="m"))
    assert json.loads(encoded.body) == body
    assert encoded.losses == ()


@given(
    st.fixed_dictionaries(
        {"model": st.just("m")},
        optional={
            "input": JSON | st.lists(ITEMS | JSON, max_size=3),
            "instructions": JSON,
            "tools": JSON,
            "tool_choice": JSON,
            "text": JSON,
            "reasoning": JSON,
            "include": JSON,
            "prompt": JSON,
            "metadata": JSON,
        },
    )
)
def test_any_request_is_read_or_refused(body: dict[str, Any]) -> None:
    assert CODEC.chat is not None
    with suppress(BadRequest):
        request = CODEC.chat.decode_request(json.dumps(body).encode())
        CODEC.chat.encode_request(request, Target(model="m"))
    with suppress(BadRequest):
        CODEC.decode(json.dumps(body).encode())


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "output": JSON | st.lists(ITEMS | JSON, max_size=3),
            "usage": JSON,
            "status": JSON,
            "id": JSON,
            "created_at": JSON,
            "incomplete_details": JSON,
        },
    )
)
def test_any_answer_is_read_or_refused(body: dict[str, Any]) -> None:
    assert CODEC.chat is not None
    with suppress(UpstreamError):
        reply = CODEC.chat.decode_reply(json.dumps(body).encode(), "call_9")
        json.loads(CODEC.chat.encode_reply(reply, asked()))
