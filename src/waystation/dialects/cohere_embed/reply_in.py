"""A vendor's answer in Cohere's form, into words. It names no model."""

from typing import Final

import msgspec

from waystation.dialects.complaint import read_complaint
from waystation.dialects.members import without_surrogates
from waystation.dialects.openai_chat.answer import failure_of
from waystation.dialects.vectors import Vector, checked
from waystation.wire.embedding import EmbeddingReply
from waystation.wire.errors import BadAnswer
from waystation.wire.usage import Heard, hear

_NULL: Final = msgspec.Raw(b"null")
_UNREADABLE: Final = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


class _Vectors(msgspec.Struct, gc=False):
    """`floats` is there because each request asks for that form and no other."""

    floats: list[Vector] = msgspec.field(default_factory=list, name="float")


class _BilledUnits(msgspec.Struct, gc=False):
    input_tokens: object = None


class _Meta(msgspec.Struct, gc=False):
    billed_units: _BilledUnits | None = None


class _Answer(msgspec.Struct, gc=False):
    embeddings: _Vectors | None = None
    meta: msgspec.Raw = _NULL


_ANSWER: Final = msgspec.json.Decoder(_Answer)
_META: Final = msgspec.json.Decoder(_Meta)


def decode_reply(body: bytes) -> EmbeddingReply:
    """Raises: BadAnswer, VendorFailure for a message in place of vectors."""
    text = without_surrogates(body.decode("utf-8", "replace").removeprefix("\ufeff").encode())
    try:
        answer = _ANSWER.decode(text)
    except _UNREADABLE as error:
        raise BadAnswer(f"not embeddings: {error}") from None
    if answer.embeddings is None and read_complaint(body).message:
        raise failure_of(body)
    vectors = checked([] if answer.embeddings is None else answer.embeddings.floats)
    return EmbeddingReply(dialect="cohere.embed", vectors=vectors, heard=_hear(answer.meta))


def _hear(raw: msgspec.Raw) -> Heard | None:
    """Images are billed apart from `input_tokens`; none are asked for."""
    try:
        units = _META.decode(raw).billed_units
    except _UNREADABLE:
        return None
    return None if units is None else hear(input_tokens=units.input_tokens, output_tokens=0)
