"""The hub's five verbs, there and back."""

import json

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from tests.dialects.anthropic_messages.streams import assembled, frame
from waystation.dialects.anthropic_messages.hub import AnthropicHub
from waystation.dialects.codec import Asked, ChatHub, Target
from waystation.wire.chat import TextPart
from waystation.wire.errors import BadAnswer, BadRequest, VendorFailure
from waystation.wire.events import Finished, Started, TextDelta

HUB: ChatHub = AnthropicHub()
BODY = b'{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"Hi"}]}'
REPLY = b'{"content":[{"type":"text","text":"a"}],"stop_reason":"end_turn"}'


def test_a_request_there_and_back() -> None:
    request = HUB.decode_request(BODY)
    encoded = HUB.encode_request(request, Target(model="other"))
    assert json.loads(encoded.body) == json.loads(BODY) | {"model": "other"}


def test_a_reply_there_and_back() -> None:
    reply = HUB.decode_reply(REPLY, "call_9")
    asked = Asked(request=HUB.decode_request(BODY), call_id="call_9", at=5)
    assert reply.choices[0].parts == (TextPart(text="a"),)
    assert json.loads(HUB.encode_reply(reply, asked))["content"] == [{"type": "text", "text": "a"}]


def test_a_stream_there_and_back() -> None:
    reader = HUB.event_reader(1, "call_9")
    piece = {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "a"}}
    assert reader.read(frame(piece)) == [Started(), TextDelta("a")]
    writer = HUB.event_writer(Asked(request=HUB.decode_request(BODY), call_id="call_9", at=5))
    stream = writer.write(TextDelta("a")) + writer.write(Finished("stop")) + writer.close()
    assert assembled(stream)["content"] == [{"type": "text", "text": "a"}]


SCALAR = st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text("aé\x00", max_size=3)
TYPES = st.sampled_from(
    [
        "text",
        "image",
        "document",
        "search_result",
        "thinking",
        "redacted_thinking",
        "tool_use",
        "tool_result",
        "base64",
        "url",
        "file",
        "content",
        "enabled",
        "auto",
        "tool",
        "json_schema",
        "ephemeral",
        "message",
        "user",
        "assistant",
    ]
)
NAMES = st.sampled_from(
    [
        "type",
        "role",
        "text",
        "content",
        "source",
        "data",
        "media_type",
        "url",
        "file_id",
        "citations",
        "cache_control",
        "ttl",
        "thinking",
        "signature",
        "id",
        "name",
        "input",
        "tool_use_id",
        "is_error",
        "title",
        "schema",
        "usage",
    ]
)
JSON = st.recursive(
    SCALAR | TYPES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=5), max_leaves=12
)
TOP = st.sampled_from(
    [
        "system",
        "messages",
        "tools",
        "tool_choice",
        "thinking",
        "output_config",
        "output_format",
        "metadata",
        "max_tokens",
        "stop_sequences",
        "temperature",
        "top_p",
        "top_k",
        "service_tier",
        "stream",
    ]
)


@given(st.dictionaries(TOP, JSON, max_size=4), st.lists(JSON, max_size=3))
def test_odd_requests_are_only_ever_refused(members: dict[str, object], blocks: list[object]) -> None:
    body = {"model": "m", "messages": [{"role": "user", "content": blocks}], **members}
    try:
        request = HUB.decode_request(msgspec.json.encode(body))
    except BadRequest:
        return
    for model in ("claude-sonnet-4-5", "claude-opus-5-5", "other"):
        for asked in (request, msgspec.structs.replace(request, dialect="openai.chat")):
            assert msgspec.json.decode(HUB.encode_request(asked, Target(model=model)).body, type=dict[str, object])


@given(st.dictionaries(NAMES, JSON, max_size=4), st.lists(JSON, max_size=3))
def test_odd_replies_are_only_ever_refused(members: dict[str, object], blocks: list[object]) -> None:
    try:
        reply = HUB.decode_reply(msgspec.json.encode({"content": blocks, **members}), "call_9")
    except (BadAnswer, VendorFailure):
        return
    asked = Asked(request=HUB.decode_request(BODY), call_id="call_9", at=5)
    assert msgspec.json.decode(HUB.encode_reply(reply, asked), type=dict[str, object])
