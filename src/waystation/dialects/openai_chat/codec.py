"""OpenAI's chat completions: the request, the plain answer, and errors. The stream is in `tap`.

Sources: platform.openai.com/docs/api-reference/chat and the openai SDK 2.x (2026-11).
"""

from typing import Final

import msgspec

from waystation.dialects.asking import retargeted
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
from waystation.dialects.openai_chat.answer import decode_answer
from waystation.dialects.openai_chat.ask import CHOICES_MAX, decode_request
from waystation.dialects.openai_chat.hub import OpenAIChatHub
from waystation.dialects.openai_chat.notes import Notes
from waystation.dialects.openai_chat.tap import ChatReader
from waystation.dialects.openai_chat.usual import read_usual
from waystation.dialects.unplaced import Unplaced
from waystation.dialects.words import words_of
from waystation.wire.dialect import Dialect
from waystation.wire.errors import BadAnswer, WaystationError


class OpenAIChat(Unplaced):
    dialect: Dialect = "openai.chat"
    operation_name: str = "chat"
    namespace: str = "openai"
    paths: tuple[str, ...] = ("/chat/completions",)
    keep_alive: bytes = b": keep-alive\n\n"
    chat: ChatHub | None = OpenAIChatHub()
    embeddings: EmbeddingHub | None = None

    def decode(self, body: bytes, place: Place = NOWHERE) -> Ask:
        return decode_request(body)

    def retarget(self, body: bytes, ask: Ask, model: str) -> bytes:
        return retargeted(body, ask, model)

    def reply(self, body: bytes) -> ReplyFacts:
        return read_usual(body) or _read_any(body)

    def reader(self, ask: Ask) -> StreamReader:
        return ChatReader(ask)

    def error(self, error: WaystationError) -> bytes:
        face = {
            "message": words_of(error),
            "type": error.public_type,
            "param": error.param,
            "code": error.public_code,
        }
        return msgspec.json.encode({"error": face})

    def fail(self, error: WaystationError) -> bytes:
        """A data event, without [DONE] after it: the openai SDK raises on `error`, and ignores event names."""
        return b"data: " + self.error(error) + b"\n\n"

    def complaint(self, body: bytes) -> Complaint:
        return read_complaint(body)


def _read_any(body: bytes) -> ReplyFacts:
    answer = decode_answer(body)
    if not answer.choices:
        raise BadAnswer("an answer without choices")
    notes = Notes(CHOICES_MAX, whole=True)
    notes.note(answer)
    return ReplyFacts(
        usage=notes.usage,
        response_model=notes.response_model,
        finish_reasons=notes.finish_reasons,
        weight=notes.weight,
    )


CODEC: Final[Codec] = OpenAIChat()
