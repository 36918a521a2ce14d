"""Gemini's embeddings, for callers and for vendors: the model stands in the path, and there is no stream."""

from typing import Final

from waystation.dialects.codec import NOWHERE, Ask, Codec, Complaint, EmbeddingHub, Encoded, Place, ReplyFacts, Target
from waystation.dialects.complaint import read_complaint
from waystation.dialects.gemini_embed.ask import decode_ask, retargeted
from waystation.dialects.gemini_embed.place import locate, vendor_path
from waystation.dialects.gemini_embed.refusal import error_body
from waystation.dialects.gemini_embed.reply_in import decode_reply, read_facts
from waystation.dialects.gemini_embed.reply_out import encode_reply
from waystation.dialects.gemini_embed.request_in import decode_request
from waystation.dialects.gemini_embed.request_out import encode_request
from waystation.dialects.streamless import Streamless
from waystation.wire.dialect import Dialect
from waystation.wire.embedding import EmbeddingReply, EmbeddingRequest
from waystation.wire.errors import WaystationError


class _Hub:
    def decode_request(self, body: bytes, place: Place = NOWHERE) -> EmbeddingRequest:
        return decode_request(body, place)

    def encode_request(self, request: EmbeddingRequest, target: Target) -> Encoded:
        return encode_request(request, target)

    def decode_reply(self, body: bytes) -> EmbeddingReply:
        return decode_reply(body)

    def encode_reply(self, reply: EmbeddingReply, request: EmbeddingRequest) -> bytes:
        return encode_reply(reply, request)


class GeminiEmbed(Streamless):
    dialect: Dialect = "gemini.embed"
    operation_name: str = "embeddings"
    namespace: str = "gemini"
    paths: tuple[str, ...] = ()
    embeddings: EmbeddingHub | None = _Hub()

    def locate(self, path: str, query: str) -> Place | None:
        return locate(path)

    def vendor_path(self, path: str, model: str, *, stream: bool) -> str:
        return vendor_path(path, model)

    def decode(self, body: bytes, place: Place = NOWHERE) -> Ask:
        return decode_ask(body, place)

    def retarget(self, body: bytes, ask: Ask, model: str) -> bytes:
        return retargeted(body, ask, model)

    def reply(self, body: bytes) -> ReplyFacts:
        return read_facts(body)

    def error(self, error: WaystationError) -> bytes:
        return error_body(error)

    def fail(self, error: WaystationError) -> bytes:
        return error_body(error)

    def complaint(self, body: bytes) -> Complaint:
        return read_complaint(body)


CODEC: Final[Codec] = GeminiEmbed()
