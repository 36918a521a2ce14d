"""Gemini's embeddings, for one text and for many. Shape: ai.google.dev/api/embeddings (2026-11)."""

from typing import Annotated, Final

import msgspec

from waystation.demo.embedding import MAX_DIMENSIONS, EmbedCall
from waystation.demo.gemini.ask import Content
from waystation.demo.gemini.google import Google
from waystation.demo.gemini.names import camel
from waystation.demo.reading import read
from waystation.demo.refusals import Refusal, Refused
from waystation.demo.replies import Reply, Wire
from waystation.demo.request import Request
from waystation.demo.usage import Usage
from waystation.demo.vectors import vector

_DIMENSIONS: Final = 3072
_MAX_REQUESTS: Final = 100


class EmbedAsk(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    content: Content
    model: str | None = None
    task_type: str | None = None
    title: str | None = None
    output_dimensionality: Annotated[int, msgspec.Meta(ge=1, le=MAX_DIMENSIONS)] | None = None
    embed_content_config: object = None

    @property
    def text(self) -> str:
        return "\n".join(part.text or "" for part in self.content.parts)

    def embedding(self) -> Wire:
        return {"values": vector(self.text, self.output_dimensionality or _DIMENSIONS)}


class BatchAsk(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    requests: list[EmbedAsk]


class _Embed(Google):
    def usage(self, usage: Usage) -> Wire:
        details = [{"modality": "TEXT", "tokenCount": usage.prompt_tokens}]
        return {"promptTokenCount": usage.prompt_tokens, "promptTokensDetails": details}


class GeminiEmbed(_Embed):
    def read(self, request: Request) -> EmbedCall:
        ask = read(_camel(request), EmbedAsk)
        _check(ask, self.model)

        def tell(reply: Reply) -> Wire:
            return {"embedding": ask.embedding(), "usageMetadata": self.usage(reply.usage)}

        return EmbedCall(self.model, [ask.text], tell)


class GeminiBatchEmbed(_Embed):
    def read(self, request: Request) -> EmbedCall:
        asks = read(_camel(request), BatchAsk).requests
        if not 0 < len(asks) <= _MAX_REQUESTS:
            raise Refused(
                Refusal(400, "* BatchEmbedContentsRequest.requests: at most 100 requests can be in one batch")
            )
        for ask in asks:
            if ask.model is None:
                raise Refused(Refusal(400, "* BatchEmbedContentsRequest.requests[0].model: model is not specified"))
            _check(ask, self.model)

        def tell(reply: Reply) -> Wire:
            return {"embeddings": [ask.embedding() for ask in asks], "usageMetadata": self.usage(reply.usage)}

        return EmbedCall(self.model, [ask.text for ask in asks], tell)


def _check(ask: EmbedAsk, model: str) -> None:
    """Raises Refused."""
    if not ask.content.parts:
        raise Refused(Refusal(400, "* EmbedContentRequest.content: contents is not specified"))
    if ask.model is not None and ask.model.removeprefix("models/") != model:
        raise Refused(Refusal(400, "Model in the request body does not match the model in the URL"))


def _camel(request: Request) -> bytes:
    return msgspec.json.encode(camel(read(bytes(request.body), dict[str, object])))
