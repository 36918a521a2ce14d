"""OpenAI's responses, for callers and for vendors.

Sources: platform.openai.com/docs/api-reference/responses and the openai SDK 3.x (2026-11).
"""

from typing import Final

import msgspec

from waystation.dialects.asking import retargeted
from waystation.dialects.bridge import TapReader, facts_of
from waystation.dialects.codec import (
    NOWHERE,
    Ask,
    ChatHub,
    Codec,
    Complaint,
    EmbeddingHub,
    Place,
    ReplyFacts,
    StreamReader,
)
from waystation.dialects.complaint import read_complaint
from waystation.dialects.openai_responses.ask import decode_ask
from waystation.dialects.openai_responses.hub import ResponsesHub
from waystation.dialects.openai_responses.reader import ResponsesEvents
from waystation.dialects.openai_responses.reply_in import decode_reply
from waystation.dialects.unplaced import Unplaced
from waystation.dialects.words import words_of
from waystation.wire.dialect import Dialect
from waystation.wire.errors import WaystationError

_CALL: Final = "call"  # what is only passed on gets no ids of ours


class OpenAIResponses(Unplaced):
    dialect: Dialect = "openai.responses"
    operation_name: str = "chat"
    namespace: str = "openai"
    paths: tuple[str, ...] = ("/responses",)
    keep_alive: bytes = b": keep-alive\n\n"
    chat: ChatHub | None = ResponsesHub()
    embeddings: EmbeddingHub | None = None

    def decode(self, body: bytes, place: Place = NOWHERE) -> Ask:
        return decode_ask(body)

    def retarget(self, body: bytes, ask: Ask, model: str) -> bytes:
        return retargeted(body, ask, model)

    def reply(self, body: bytes) -> ReplyFacts:
        return facts_of(decode_reply(body, _CALL))

    def reader(self, ask: Ask) -> StreamReader:
        return TapReader(ResponsesEvents(_CALL))

    def error(self, error: WaystationError) -> bytes:
        face = {
            "message": words_of(error),
            "type": error.public_type,
            "param": error.param,
            "code": error.public_code,
        }
        return msgspec.json.encode({"error": face})

    def fail(self, error: WaystationError) -> bytes:
        """The last event of a response that failed. What its number and id would be is not known here."""
        response: dict[str, object] = {
            "id": "resp_failed",
            "object": "response",
            "status": "failed",
            "error": {"code": error.public_code or error.public_type, "message": words_of(error)},
            "incomplete_details": None,
            "output": [],
            "usage": None,
        }
        event = {"type": "response.failed", "sequence_number": 0, "response": response}
        return b"event: response.failed\ndata: " + msgspec.json.encode(event) + b"\n\n"

    def complaint(self, body: bytes) -> Complaint:
        return read_complaint(body)


CODEC: Final[Codec] = OpenAIResponses()
