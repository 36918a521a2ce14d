"""The hub's five verbs, there and back."""

import json

from tests.dialects.anthropic_messages.streams import assembled, frame
from waystation.dialects.anthropic_messages.hub import AnthropicHub
from waystation.dialects.codec import Asked, ChatHub, Target
from waystation.wire.chat import TextPart
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
