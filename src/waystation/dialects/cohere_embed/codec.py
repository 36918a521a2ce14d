"""Cohere's embeddings, for vendors only: no caller is served in this language."""

from typing import Final, NoReturn

import msgspec

from waystation.dialects.codec import NOWHERE, Ask, Codec, Complaint, EmbeddingHub, Encoded, Place, ReplyFacts, Target
from waystation.dialects.cohere_embed.reply_in import decode_reply
from waystation.dialects.cohere_embed.request_out import encode_request
from waystation.dialects.complaint import read_complaint
from waystation.dialects.streamless import Streamless
from waystation.dialects.unplaced import Unplaced
from waystation.dialects.words import words_of
from waystation.wire.dialect import Dialect
from waystation.wire.embedding import EmbeddingReply, EmbeddingRequest
from waystation.wire.errors import BadRequest, WaystationError
from waystation.wire.estimate import Weight


class _Hub:
    def decode_request(self, body: bytes, place: Place = NOWHERE) -> NoReturn:
        _refuse()

    def encode_request(self, request: EmbeddingRequest, target: Target) -> Encoded:
        return encode_request(request, target)

    def decode_reply(self, body: bytes) -> EmbeddingReply:
        return decode_reply(body)

    def encode_reply(self, reply: EmbeddingReply, request: EmbeddingRequest) -> NoReturn:
        _refuse()


class CohereEmbed(Unplaced, Streamless):
    dialect: Dialect = "cohere.embed"
    operation_name: str = "embeddings"
    namespace: str = "cohere"
    paths: tuple[str, ...] = ()
    embeddings: EmbeddingHub | None = _Hub()

    def decode(self, body: bytes, place: Place = NOWHERE) -> NoReturn:
        _refuse()

    def retarget(self, body: bytes, ask: Ask, model: str) -> NoReturn:
        _refuse()

    def reply(self, body: bytes) -> ReplyFacts:
        usage = decode_reply(body).heard
        return ReplyFacts(usage=usage, response_model=None, finish_reasons=(), weight=Weight())

    def error(self, error: WaystationError) -> bytes:
        return msgspec.json.encode({"message": words_of(error)})

    def fail(self, error: WaystationError) -> bytes:
        return self.error(error)

    def complaint(self, body: bytes) -> Complaint:
        return read_complaint(body)


def _refuse() -> NoReturn:
    raise BadRequest("No caller is served in Cohere's language.")


CODEC: Final[Codec] = CohereEmbed()
