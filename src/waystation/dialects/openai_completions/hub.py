"""Completions to and from the hub's words."""

from waystation.dialects.codec import NOWHERE, Asked, Encoded, EventReader, EventWriter, Place, Target
from waystation.dialects.openai_completions.reader import CompletionEvents
from waystation.dialects.openai_completions.reply_in import decode_reply
from waystation.dialects.openai_completions.reply_out import encode_reply
from waystation.dialects.openai_completions.request_in import decode_request
from waystation.dialects.openai_completions.request_out import encode_request
from waystation.dialects.openai_completions.writer import CompletionWriter
from waystation.wire.chat import ChatReply, ChatRequest


class OpenAICompletionsHub:
    """A `ChatHub`."""

    def decode_request(self, body: bytes, place: Place = NOWHERE) -> ChatRequest:
        return decode_request(body)

    def encode_request(self, request: ChatRequest, target: Target) -> Encoded:
        return encode_request(request, target)

    def decode_reply(self, body: bytes, call_id: str) -> ChatReply:
        return decode_reply(body)

    def encode_reply(self, reply: ChatReply, asked: Asked) -> bytes:
        return encode_reply(reply, asked)

    def event_reader(self, choices: int, call_id: str) -> EventReader:
        return CompletionEvents(choices)

    def event_writer(self, asked: Asked) -> EventWriter:
        return CompletionWriter(asked)
