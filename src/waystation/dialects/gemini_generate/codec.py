"""Gemini's generateContent, for callers and for vendors: model and stream stand in the path, not in the body."""

from typing import Final

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
from waystation.dialects.gemini_embed.refusal import error_body
from waystation.dialects.gemini_generate.array import ArrayReader
from waystation.dialects.gemini_generate.ask import BOM, decode_ask
from waystation.dialects.gemini_generate.hub import GeminiHub
from waystation.dialects.gemini_generate.place import locate, vendor_path
from waystation.dialects.gemini_generate.reader import GeminiEvents
from waystation.dialects.gemini_generate.refusal import complaint_of
from waystation.dialects.gemini_generate.reply_in import decode_reply
from waystation.wire.dialect import Dialect
from waystation.wire.errors import WaystationError

_CALL: Final = "call"  # what is only passed on gets no ids of ours


class GeminiGenerate:
    dialect: Dialect = "gemini.generate"
    operation_name: str = "generate_content"
    namespace: str = "gemini"
    paths: tuple[str, ...] = ()
    keep_alive: bytes = b": keep-alive\n\n"
    headers: tuple[bytes, ...] = ()
    chat: ChatHub | None = GeminiHub()
    embeddings: EmbeddingHub | None = None

    def locate(self, path: str, query: str) -> Place | None:
        return locate(path, query)

    def vendor_path(self, path: str, model: str, *, stream: bool) -> str:
        return vendor_path(path, model, stream=stream)

    def decode(self, body: bytes, place: Place = NOWHERE) -> Ask:
        return decode_ask(body, place)

    def retarget(self, body: bytes, ask: Ask, model: str) -> bytes:
        """The body as it is, for the model is the path's; a byte order mark is not passed on."""
        return body.removeprefix(BOM)

    def reply(self, body: bytes) -> ReplyFacts:
        return facts_of(decode_reply(body, _CALL))

    def reader(self, ask: Ask) -> StreamReader:
        events = GeminiEvents(ask.choices, _CALL)
        return ArrayReader(events) if ask.array else TapReader(events)

    def error(self, error: WaystationError) -> bytes:
        return error_body(error)

    def fail(self, error: WaystationError) -> bytes:
        """The SDK google-genai raises on an event whose only member is `error` (3.4, 2026-11)."""
        return b"data: " + error_body(error) + b"\n\n"

    def complaint(self, body: bytes) -> Complaint:
        return complaint_of(body)


CODEC: Final[Codec] = GeminiGenerate()
