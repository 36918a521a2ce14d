"""Cohere's embeddings, version 2. Shape and errors: docs.cohere.com/reference/embed (2026-11)."""

from typing import Annotated, Final, Literal

import msgspec

from waystation.demo.answer import Headers
from waystation.demo.embedding import MAX_DIMENSIONS, EmbedCall
from waystation.demo.reading import read
from waystation.demo.refusals import Refusal, Refused
from waystation.demo.replies import Reply, Wire
from waystation.demo.request import Request
from waystation.demo.usage import Usage
from waystation.demo.vectors import encoded, vector

_DIMENSIONS: Final = 1536
_MAX_TEXTS: Final = 96

InputType = Literal["search_document", "search_query", "classification", "clustering", "image"]
EmbeddingType = Literal["float", "base64"]


class EmbedAsk(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    model: str
    input_type: InputType
    texts: list[str] | None = None
    inputs: list[object] | None = None
    images: list[str] | None = None
    embedding_types: list[EmbeddingType] | None = None
    output_dimension: Annotated[int, msgspec.Meta(ge=1, le=MAX_DIMENSIONS)] | None = None
    max_tokens: int | None = None
    truncate: Literal["NONE", "START", "END"] | None = None
    priority: int | None = None


class CohereEmbed:
    json_type: str = "application/json"
    usage_at: tuple[tuple[str, ...], ...] = (("meta", "billed_units"),)

    def key(self, request: Request) -> str:
        return request.bearer

    def read(self, request: Request) -> EmbedCall:
        ask = read(bytes(request.body), EmbedAsk)
        texts = ask.texts or []
        if not 0 < len(texts) <= _MAX_TEXTS:
            raise Refused(Refusal(400, "invalid request: valid texts must be provided, at most 96 of them"))

        def tell(reply: Reply) -> Wire:
            return {
                "id": reply.id,
                "texts": texts,
                "embeddings": _embeddings(ask, texts),
                "meta": {"api_version": {"version": "2"}, "billed_units": self.usage(reply.usage)},
                "response_type": "embeddings_by_type",
            }

        return EmbedCall(ask.model, list(texts), tell)

    def headers(self, request_id: str, own_ms: int, *, exhausted: bool) -> Headers:  # noqa: ARG002 - untold here
        return (("x-debug-trace-id", request_id), ("num_chars", "0"))

    def error(self, refusal: Refusal, request_id: str) -> bytes:
        return msgspec.json.encode({"id": request_id, "message": refusal.message})

    def error_event(self, refusal: Refusal, request_id: str, number: int) -> Wire:  # noqa: ARG002 - it has no number
        return {"id": request_id, "message": refusal.message}

    def usage(self, usage: Usage) -> Wire:
        return {"input_tokens": usage.prompt_tokens}

    def wrong_key(self, key: str) -> Refusal:
        return Refusal(401, "invalid api token" if key else "no api key supplied")


def _embeddings(ask: EmbedAsk, texts: list[str]) -> Wire:
    values = [vector(text, ask.output_dimension or _DIMENSIONS) for text in texts]
    forms: Wire = {"float": values, "base64": [encoded(one) for one in values]}
    return {name: forms[name] for name in ask.embedding_types or ["float"]}
