"""The dialect's way to the hub and back, as the house calls it."""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.dialects.gemini_generate.streams import parts
from waystation.dialects.codec import Asked, ChatHub, Place, Target
from waystation.dialects.framing import Frame
from waystation.dialects.gemini_generate import CODEC
from waystation.dialects.lanes import HubReader
from waystation.wire.errors import BadRequest, UpstreamError

REQUEST = b'{"contents":[{"parts":[{"text":"hi"}]}]}'
HERE = Place(model="m", stream=True)
HELLO = b'data: {"candidates":[{"content":{"parts":[{"text":"Hello"}]}}],"modelVersion":"v"}\n\n'
STOP = b'data: {"candidates":[{"finishReason":"STOP"}]}\n\n'


@pytest.fixture
def hub() -> ChatHub:
    assert CODEC.chat is not None
    return CODEC.chat


def test_a_question_and_its_answer_go_through(hub: ChatHub) -> None:
    request = hub.decode_request(REQUEST, HERE)
    assert json.loads(hub.encode_request(request, Target(model="v")).body)["contents"][0]["role"] == "user"
    reply = hub.decode_reply(b'{"candidates":[{"content":{"parts":[{"text":"Hello"}]}}]}', "call_9")
    told = json.loads(hub.encode_reply(reply, Asked(request=request, call_id="call_9", at=7)))
    assert told["candidates"][0]["content"]["parts"] == [{"text": "Hello"}]


def test_a_stream_goes_through(hub: ChatHub) -> None:
    asked = Asked(request=hub.decode_request(REQUEST, HERE), call_id="call_9", at=7, place=HERE)
    lane = HubReader(hub.event_reader(1, "call_9"), hub.event_writer(asked))
    assert b'"text":"Hello"' in lane.feed(HELLO + STOP)
    assert lane.finished
    assert b'"finishReason":"STOP"' in lane.close()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)
PART = (
    JSON
    | parts()
    | st.fixed_dictionaries(
        {},
        optional={
            "text": JSON,
            "thought": JSON,
            "thoughtSignature": JSON,
            "functionCall": JSON | st.fixed_dictionaries({}, optional={"id": JSON, "name": JSON, "args": JSON}),
            "functionResponse": JSON
            | st.fixed_dictionaries({}, optional={"name": JSON, "response": JSON, "parts": JSON}),
            "inlineData": JSON | st.fixed_dictionaries({}, optional={"mimeType": JSON, "data": JSON}),
            "fileData": JSON | st.fixed_dictionaries({}, optional={"fileUri": JSON}),
            "executableCode": JSON,
        },
    )
)
CONTENT = JSON | st.fixed_dictionaries({}, optional={"role": JSON, "parts": JSON | st.lists(PART, max_size=3)})
ANSWER = st.fixed_dictionaries(
    {},
    optional={
        "candidates": JSON
        | st.lists(
            JSON
            | st.fixed_dictionaries(
                {},
                optional={
                    "content": CONTENT,
                    "index": JSON,
                    "finishReason": JSON,
                    "groundingMetadata": JSON,
                    "citationMetadata": JSON,
                    "logprobsResult": JSON,
                },
            ),
            max_size=2,
        ),
        "usageMetadata": JSON,
        "promptFeedback": JSON | st.just({"blockReason": "X"}),
        "responseId": JSON,
        "createTime": JSON,
        "error": JSON,
    },
)
TOOL = JSON | st.fixed_dictionaries(
    {},
    optional={
        "functionDeclarations": JSON
        | st.lists(JSON | st.fixed_dictionaries({"name": st.just("f")}, optional={"parameters": JSON}), max_size=2),
        "googleSearch": JSON,
    },
)
ASKED = st.fixed_dictionaries(
    {"contents": JSON | st.lists(CONTENT, max_size=3)},
    optional={
        "systemInstruction": CONTENT,
        "tools": JSON | st.lists(TOOL, max_size=2),
        "toolConfig": JSON
        | st.fixed_dictionaries({}, optional={"functionCallingConfig": JSON | st.just({"mode": "ANY"})}),
        "generationConfig": JSON
        | st.fixed_dictionaries(
            {}, optional={"topK": JSON, "responseSchema": JSON, "thinkingConfig": JSON, "seed": JSON}
        ),
        "labels": JSON,
    },
)


@given(ANSWER, st.integers(1, 3))
def test_odd_answers_raise_only_what_is_the_upstreams(odd: Any, choices: int) -> None:
    assert CODEC.chat is not None
    body = json.dumps(odd).encode()
    asked = Asked(request=CODEC.chat.decode_request(REQUEST, HERE), call_id="call_9", at=7)
    with suppress(UpstreamError):
        reply = CODEC.chat.decode_reply(body, "call_9")
        json.loads(CODEC.chat.encode_reply(reply, asked))
    events = CODEC.chat.event_reader(choices, "call_9")
    out = CODEC.chat.event_writer(asked)
    with suppress(UpstreamError):
        for event in (*events.read(Frame(b"", b"", body)), *events.close()):
            out.write(event)
        out.close()


@given(ASKED)
def test_odd_requests_raise_only_what_is_the_callers(odd: Any) -> None:
    assert CODEC.chat is not None
    with suppress(BadRequest):
        request = CODEC.chat.decode_request(json.dumps(odd).encode(), HERE)
        json.loads(CODEC.chat.encode_request(request, Target(model="gemini-3-pro")).body)


@given(st.binary(max_size=40))
def test_noise_raises_only_what_is_the_upstreams(noise: bytes) -> None:
    assert CODEC.chat is not None
    events = CODEC.chat.event_reader(1, "call_9")
    with suppress(UpstreamError):
        assert events.read(Frame(noise, b"", noise)) == []
    assert not events.ended
