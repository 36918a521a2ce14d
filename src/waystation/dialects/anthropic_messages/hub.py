"""Anthropic's Messages to and from the hub's words."""

from waystation.dialects.anthropic_messages.reader import AnthropicEvents
from waystation.dialects.anthropic_messages.reply_in import decode_reply
from waystation.dialects.anthropic_messages.reply_out import encode_reply
from waystation.dialects.anthropic_messages.request_in import decode_request
from waystation.dialects.anthropic_messages.request_out import encode_request
from waystation.dialects.anthropic_messages.writer import AnthropicWriter
from waystation.dialects.codec import NOWHERE, Asked, Encoded, EventReader, EventWriter, Place, Target
from waystation.wire.chat import ChatReply, ChatRequest


class AnthropicHub:
    """A `ChatHub`."""

    def decode_request(self, body: bytes, place: Place = NOWHERE) -> ChatRequest:
        return decode_request(body)

    def encode_request(self, request: ChatRequest, target: Target) -> Encoded:
        return encode_request(request, target)

    def decode_reply(self, body: bytes, call_id: str) -> ChatReply:
        return decode_reply(body, call_id)

    def encode_reply(self, reply: ChatReply, asked: Asked) -> bytes:
        return encode_reply(reply, asked)

    def event_reader(self, choices: int, call_id: str) -> EventReader:
        return AnthropicEvents(call_id)

    def event_writer(self, asked: Asked) -> EventWriter:
        return AnthropicWriter(asked)
