"""OpenAI's responses to and from the hub's words."""

from waystation.dialects.codec import NOWHERE, Asked, Encoded, EventReader, EventWriter, Place, Target
from waystation.dialects.openai_responses.reader import ResponsesEvents
from waystation.dialects.openai_responses.reply_in import decode_reply
from waystation.dialects.openai_responses.reply_out import encode_reply
from waystation.dialects.openai_responses.request_in import decode_request
from waystation.dialects.openai_responses.request_out import encode_request
from waystation.dialects.openai_responses.writer import ResponsesWriter
from waystation.wire.chat import ChatReply, ChatRequest


class ResponsesHub:
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
        return ResponsesEvents(call_id)

    def event_writer(self, asked: Asked) -> EventWriter:
        return ResponsesWriter(asked)
