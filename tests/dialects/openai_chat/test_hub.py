"""The dialect's way to the hub and back, as the house calls it."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.dialects.openai_chat.streams import deltas
from waystation.dialects.codec import Asked, ChatHub, Target
from waystation.dialects.framing import Frame
from waystation.dialects.lanes import HubReader
from waystation.dialects.openai_chat import CODEC
from waystation.wire.errors import UpstreamError

REQUEST = b'{"model":"m","messages":[{"role":"user","content":"hi"}],"stream":true}'
HELLO = b'data: {"id":"i","model":"v","choices":[{"index":0,"delta":{"content":"Hello"}}]}\n\n'
STOP = b'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n'


@pytest.fixture
def hub() -> ChatHub:
    assert CODEC.chat is not None
    return CODEC.chat


def test_a_question_and_its_answer_go_through(hub: ChatHub) -> None:
    request = hub.decode_request(REQUEST)
    assert json.loads(hub.encode_request(request, Target(model="v")).body)["model"] == "v"
    reply = hub.decode_reply(b'{"choices":[{"message":{"content":"Hello"},"finish_reason":"stop"}]}', "call_9")
    told = json.loads(hub.encode_reply(reply, Asked(request=request, call_id="call_9", at=7)))
    assert told["choices"][0]["message"]["content"] == "Hello"


def test_a_stream_goes_through(hub: ChatHub) -> None:
    asked = Asked(request=hub.decode_request(REQUEST), call_id="call_9", at=7)
    lane = HubReader(hub.event_reader(1, "call_9"), hub.event_writer(asked))
    sent = lane.feed(HELLO + STOP + b"data: [DONE]\n\n")
    assert b'"content":"Hello"' in sent
    assert lane.finished
    tail = lane.close()
    assert b'"finish_reason":"stop"' in tail
    assert tail.endswith(b"data: [DONE]\n\n")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)
ODD = st.fixed_dictionaries(
    {},
    optional={
        "choices": st.lists(
            st.fixed_dictionaries(
                {},
                optional={
                    "index": JSON,
                    "delta": JSON | deltas(),
                    "message": JSON | deltas(),
                    "finish_reason": JSON,
                    "logprobs": JSON,
                },
            )
            | JSON,
            max_size=2,
        )
        | JSON,
        "usage": JSON,
        "id": JSON,
        "created": JSON,
        "error": JSON,
    },
)


@given(ODD, st.integers(1, 3))
def test_odd_answers_raise_only_what_is_the_upstreams(odd: object, choices: int) -> None:
    assert CODEC.chat is not None
    body = json.dumps(odd).encode()
    with suppress(UpstreamError):
        CODEC.chat.decode_reply(body, "call_9")
    events = CODEC.chat.event_reader(choices, "call_9")
    with suppress(UpstreamError):
        events.read(Frame(b"", b"", body))
        events.read(Frame(b"", b"", b"[DONE]"))
        assert events.ended


@given(st.binary(max_size=40))
def test_noise_raises_only_what_is_the_upstreams(noise: bytes) -> None:
    assert CODEC.chat is not None
    events = CODEC.chat.event_reader(1, "call_9")
    with suppress(UpstreamError):
        assert events.read(Frame(noise, b"", noise)) == []
    assert not events.ended
