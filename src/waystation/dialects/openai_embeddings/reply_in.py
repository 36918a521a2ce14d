"""A vendor's answer in OpenAI's form, into words. Some vendors give usage as a total only (Voyage, 2026-11)."""

from typing import Final

import msgspec

from waystation.dialects.codec import ReplyFacts
from waystation.dialects.listener import MODEL_MAX_CHARS
from waystation.dialects.members import without_surrogates
from waystation.dialects.openai_chat.answer import failure_of
from waystation.dialects.vectors import Vector, checked, unpacked
from waystation.wire.embedding import EmbeddingReply
from waystation.wire.errors import BadAnswer, VendorFailure
from waystation.wire.estimate import Weight
from waystation.wire.usage import Heard, hear

_NULL: Final = msgspec.Raw(b"null")
_NOTHING: Final = (b"null", b"{}", b'""', b"false")
_UNREADABLE: Final = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


class _Row(msgspec.Struct, gc=False):
    embedding: Vector | str
    index: object = None


class _Usage(msgspec.Struct, gc=False):
    prompt_tokens: object = None
    total_tokens: object = None


class _Answer(msgspec.Struct, gc=False):
    """The answer with its vectors left unread."""

    data: msgspec.Raw = _NULL
    model: object = None
    usage: msgspec.Raw = _NULL
    error: msgspec.Raw = _NULL


_ANSWER: Final = msgspec.json.Decoder(_Answer)
_DATA: Final = msgspec.json.Decoder(list[_Row])
_USAGE: Final = msgspec.json.Decoder(_Usage)


def decode_reply(body: bytes) -> EmbeddingReply:
    """Raises: BadAnswer, VendorFailure."""
    answer = _decode(body)
    try:
        rows = _DATA.decode(answer.data)
    except _UNREADABLE as error:
        raise BadAnswer(f"not embeddings: {error}") from None
    return EmbeddingReply(
        dialect="openai.embeddings",
        vectors=checked([_vector(row.embedding) for row in _ordered(rows)]),
        model=_model(answer.model),
        heard=_hear(answer.usage),
    )


def read_facts(body: bytes) -> ReplyFacts:
    """The same of a reply that is passed on as it is. Raises: BadAnswer, VendorFailure."""
    answer = _decode(body)
    return ReplyFacts(
        usage=_hear(answer.usage), response_model=_model(answer.model), finish_reasons=(), weight=Weight()
    )


def _decode(body: bytes) -> _Answer:
    text = body.removeprefix(b"\xef\xbb\xbf")
    try:
        answer = _ANSWER.decode(text)
    except _UNREADABLE:
        answer = _decode_odd(text)
    if bytes(answer.error) not in _NOTHING:
        raise failure_of(body)
    if not bytes(answer.data).startswith(b"["):
        raise _missing(body)
    return answer


def _decode_odd(text: bytes) -> _Answer:
    try:
        return _ANSWER.decode(without_surrogates(text.decode("utf-8", "replace").encode()))
    except _UNREADABLE as error:
        raise BadAnswer(f"not an answer: {error}") from None


def _missing(body: bytes) -> VendorFailure | BadAnswer:
    """Some vendors put an error into a 200, as a code and a message without any data."""
    failure = failure_of(body)
    return failure if failure.vendor_code is not None else BadAnswer("an answer without embeddings")


def _ordered(rows: list[_Row]) -> list[_Row]:
    """By index, where the indices are those of the inputs; some servers number every row 0."""
    if [row.index for row in rows] == list(range(len(rows))):
        return rows
    places = {row.index: row for row in rows if type(row.index) is int}
    if sorted(places) == list(range(len(rows))):
        return [places[at] for at in range(len(rows))]
    return rows


def _vector(said: Vector | str) -> Vector:
    return unpacked(said) if isinstance(said, str) else said


def _model(said: object) -> str | None:
    return said if isinstance(said, str) and 0 < len(said) <= MODEL_MAX_CHARS and said.isprintable() else None


def _hear(raw: msgspec.Raw) -> Heard | None:
    try:
        usage = _USAGE.decode(raw)
    except _UNREADABLE:
        return None
    tokens = usage.total_tokens if usage.prompt_tokens is None else usage.prompt_tokens
    return hear(input_tokens=tokens, output_tokens=0)
