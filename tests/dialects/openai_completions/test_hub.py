"""The dialect's way to the hub and back, as the house calls it."""

import json
from contextlib import suppress

from hypothesis import given
from hypothesis import strategies as st

from waystation.dialects.codec import Asked, Target
from waystation.dialects.framing import Frame
from waystation.dialects.lanes import HubReader
from waystation.dialects.openai_completions.hub import OpenAICompletionsHub
from waystation.wire.errors import UpstreamError

HUB = OpenAICompletionsHub()
REQUEST = HUB.decode_request(b'{"model":"m","prompt":"hi"}')
ASKED = Asked(request=REQUEST, call_id="call_9", at=7)


def test_a_question_and_its_answer_go_through() -> None:
    assert json.loads(HUB.encode_request(REQUEST, Target(model="v")).body)["model"] == "v"
    reply = HUB.decode_reply(b'{"choices":[{"text":"Hello","finish_reason":"stop"}]}', "call_9")
    assert json.loads(HUB.encode_reply(reply, ASKED))["choices"][0]["text"] == "Hello"


def test_a_stream_goes_through() -> None:
    lane = HubReader(HUB.event_reader(1, "call_9"), HUB.event_writer(ASKED))
    sent = lane.feed(b'data: {"choices":[{"text":"Hello"}]}\n\ndata: [DONE]\n\n')
    assert b'"text":"Hello"' in sent
    assert lane.close().endswith(b"data: [DONE]\n\n")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)
CHOICE = st.fixed_dictionaries({}, optional={"index": JSON, "text": JSON, "finish_reason": JSON})
ODD = st.fixed_dictionaries({}, optional={"choices": st.lists(CHOICE | JSON, max_size=2), "usage": JSON, "id": JSON})


@given(ODD, st.integers(1, 3))
def test_odd_answers_raise_only_what_is_the_upstreams(odd: object, choices: int) -> None:
    body = json.dumps(odd).encode()
    with suppress(UpstreamError):
        HUB.decode_reply(body, "call_9")
    events = HUB.event_reader(choices, "call_9")
    with suppress(UpstreamError):
        events.read(Frame(b"", b"", body))
        events.read(Frame(b"", b"", b"[DONE]"))
        assert events.ended
