"""A request as a server of completions gets it."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from waystation.dialects.codec import Target
from waystation.dialects.openai_completions.request_in import decode_request
from waystation.dialects.openai_completions.request_out import encode_request
from waystation.wire.chat import ChatRequest, Message, TextPart
from waystation.wire.loss import Loss

JSON = st.booleans() | st.integers(-9, 9) | st.lists(st.text(max_size=2), max_size=2)
UNKNOWN = st.dictionaries(st.text("abxyz_", min_size=1, max_size=3), JSON, max_size=3)
KNOWN: dict[str, Any] = {
    "prompt": "hi",
    "max_tokens": 5,
    "temperature": 0.5,
    "stop": ["a"],
    "logprobs": 2,
    "n": 2,
    "user": "u",
}


@given(UNKNOWN, UNKNOWN)
def test_nothing_that_is_unknown_is_lost(unknown: dict[str, Any], options: dict[str, Any]) -> None:
    options |= {"include_usage": True}
    body = unknown | KNOWN | {"model": "m", "stream": True, "stream_options": options}
    encoded = encode_request(decode_request(json.dumps(body).encode()), Target(model="m", stream=True))
    assert (json.loads(encoded.body), encoded.losses) == (body, ())


def test_a_plain_request_has_no_options_of_streams() -> None:
    request = decode_request(b'{"model":"m","prompt":"hi","stream_options":{"x":1}}')
    body = json.loads(encode_request(request, Target(model="v")).body)
    assert body == {"model": "v", "prompt": "hi", "max_tokens": 16}


def test_a_conversation_cannot_be_said() -> None:
    messages = (Message(role="user", parts=(TextPart(text="a"), TextPart(text="b"))),)
    request = ChatRequest(dialect="openai.chat", model="m", messages=messages)
    encoded = encode_request(request, Target(model="v"))
    assert json.loads(encoded.body) == {"model": "v", "prompt": "a\n\nb"}
    assert encoded.losses == (Loss("messages", "completions have no conversations", grave=True),)
