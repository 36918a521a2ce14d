"""OpenAI's embeddings. Shape: platform.openai.com/docs/api-reference/embeddings (2026-11)."""

from typing import Annotated, Final, Literal

import msgspec

from waystation.demo.embedding import MAX_DIMENSIONS, EmbedCall, text_of
from waystation.demo.openai import OpenAI
from waystation.demo.reading import read
from waystation.demo.refusals import NO_MODEL, Refusal, Refused, missing
from waystation.demo.replies import Reply, Wire
from waystation.demo.request import Request
from waystation.demo.usage import Usage
from waystation.demo.vectors import encoded, vector

_DIMENSIONS: Final = 1536
_MAX_INPUTS: Final = 2048
_EMPTY: Final = Refusal(400, "'$.input' is invalid. Please check the API reference.", param="input")


class EmbeddingsAsk(msgspec.Struct, frozen=True):
    model: str = ""
    input: str | list[str | int | list[int]] | None = None
    encoding_format: Literal["float", "base64"] | None = None
    dimensions: Annotated[int, msgspec.Meta(ge=1, le=MAX_DIMENSIONS)] | None = None
    user: str | None = None


class Embeddings(OpenAI):
    def read(self, request: Request) -> EmbedCall:
        ask = read(bytes(request.body), EmbeddingsAsk)
        if not ask.model:
            raise Refused(NO_MODEL)
        inputs = _inputs(ask)

        def tell(reply: Reply) -> Wire:
            data = [_object(ask, index, text_of(one)) for index, one in enumerate(inputs)]
            return {"object": "list", "data": data, "model": reply.model, "usage": self.usage(reply.usage)}

        return EmbedCall(ask.model, inputs, tell)

    def usage(self, usage: Usage) -> Wire:
        return {"prompt_tokens": usage.prompt_tokens, "total_tokens": usage.prompt_tokens}


def _inputs(ask: EmbeddingsAsk) -> list[str | list[int]]:
    """A list of numbers is a single text that was cut into tokens."""
    if ask.input is None:
        raise Refused(missing("input"))
    if isinstance(ask.input, str):
        listed: list[str | list[int]] = [ask.input]
    else:
        ids = [one for one in ask.input if isinstance(one, int)]
        listed = [ids] if ids else [one for one in ask.input if not isinstance(one, int)]
    if not listed or len(listed) > _MAX_INPUTS or not all(listed):
        raise Refused(_EMPTY)
    return listed


def _object(ask: EmbeddingsAsk, index: int, text: str) -> Wire:
    values = vector(text, ask.dimensions or _DIMENSIONS)
    told = encoded(values) if ask.encoding_format == "base64" else values
    return {"object": "embedding", "index": index, "embedding": told}
