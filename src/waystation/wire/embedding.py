"""The hub's words for embeddings: texts in, vectors out."""

from typing import Literal

import msgspec

from waystation.wire.chat import NO_EXTRAS, Extras
from waystation.wire.dialect import Dialect
from waystation.wire.usage import Heard


class EmbeddingRequest(msgspec.Struct, frozen=True, kw_only=True):
    """`inputs` are texts, or lists of token ids, which only some vendors take. `single`: the source gave one input, not
    a list. `task` is what the vectors are for, in Gemini's words (RETRIEVAL_QUERY), which are the finest.
    """

    dialect: Dialect
    model: str
    inputs: tuple[str | tuple[int, ...], ...]
    single: bool = False
    dimensions: int | None = None
    encoding: Literal["float", "base64"] = "float"
    task: str | None = None
    title: str | None = None
    user: str | None = None
    extras: Extras = NO_EXTRAS


class EmbeddingReply(msgspec.Struct, frozen=True, kw_only=True):
    """`vectors` in the order of the inputs."""

    dialect: Dialect
    vectors: tuple[tuple[float, ...], ...]
    model: str | None = None
    heard: Heard | None = None
