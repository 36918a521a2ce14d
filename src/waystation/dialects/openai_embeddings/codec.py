"""OpenAI's embeddings, for callers and for vendors: a request, a plain answer, errors. There is no stream."""

from typing import Final

import msgspec

from waystation.dialects.asking import retargeted
from waystation.dialects.codec import NOWHERE, Ask, Codec, Complaint, EmbeddingHub, Encoded, Place, ReplyFacts, Target
from waystation.dialects.complaint import read_complaint
from waystation.dialects.openai_embeddings.ask import decode_ask
from waystation.dialects.openai_embeddings.reply_in import decode_reply, read_facts
from waystation.dialects.openai_embeddings.reply_out import encode_reply
from waystation.dialects.openai_embeddings.request_in import decode_request
from waystation.dialects.openai_embeddings.request_out import encode_request
from waystation.dialects.streamless import Streamless
from waystation.dialects.unplaced import Unplaced
from waystation.dialects.words import words_of
from waystation.wire.dialect import Dialect
from waystation.wire.embedding import EmbeddingReply, EmbeddingRequest
from waystation.wire.errors import WaystationError


class _Hub:
    def decode_request(self, body: bytes, place: Place = NOWHERE) -> EmbeddingRequest:
        return decode_request(body)

    def encode_request(self, request: EmbeddingRequest, target: Target) -> Encoded:
        return encode_request(request, target)

    def decode_reply(self, body: bytes) -> EmbeddingReply:
        return decode_reply(body)

    def encode_reply(self, reply: EmbeddingReply, request: EmbeddingRequest) -> bytes:
        return encode_reply(reply, request)


class OpenAIEmbeddings(Unplaced, Streamless):
    dialect: Dialect = "openai.embeddings"
    operation_name: str = "embeddings"
    namespace: str = "openai"
    paths: tuple[str, ...] = ("/embeddings",)
    embeddings: EmbeddingHub | None = _Hub()

    def decode(self, body: bytes, place: Place = NOWHERE) -> Ask:
        return decode_ask(body)

    def retarget(self, body: bytes, ask: Ask, model: str) -> bytes:
        return retargeted(body, ask, model)

    def reply(self, body: bytes) -> ReplyFacts:
        return read_facts(body)

    def error(self, error: WaystationError) -> bytes:
        face = {
            "message": words_of(error),
            "type": error.public_type,
            "param": error.param,
            "code": error.public_code,
        }
        return msgspec.json.encode({"error": face})

    def fail(self, error: WaystationError) -> bytes:
        return self.error(error)

    def complaint(self, body: bytes) -> Complaint:
        return read_complaint(body)


CODEC: Final[Codec] = OpenAIEmbeddings()
