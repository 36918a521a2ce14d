"""A vendor's answer in Gemini's form, into words."""

from typing import Final

import msgspec

from waystation.dialects.codec import ReplyFacts
from waystation.dialects.members import without_surrogates
from waystation.dialects.openai_chat.answer import failure_of
from waystation.dialects.vectors import Vector, checked
from waystation.wire.embedding import EmbeddingReply
from waystation.wire.errors import BadAnswer
from waystation.wire.estimate import Weight
from waystation.wire.usage import Heard, hear

_NULL: Final = msgspec.Raw(b"null")
_NOTHING: Final = (b"null", b"{}")
_UNREADABLE: Final = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


class _Vector(msgspec.Struct, gc=False):
    values: Vector = ()


class _Usage(msgspec.Struct, rename="camel", gc=False):
    prompt_token_count: object = None


class _Answer(msgspec.Struct, rename="camel", gc=False):
    """The answer with its vectors left unread. `embedding` is what a single text is answered with."""

    embeddings: msgspec.Raw = _NULL
    embedding: msgspec.Raw = _NULL
    usage_metadata: msgspec.Raw = _NULL
    error: msgspec.Raw = _NULL


_ANSWER: Final = msgspec.json.Decoder(_Answer)
_MANY: Final = msgspec.json.Decoder(list[_Vector])
_ONE: Final = msgspec.json.Decoder(_Vector)
_USAGE: Final = msgspec.json.Decoder(_Usage)


def decode_reply(body: bytes) -> EmbeddingReply:
    """Raises: BadAnswer, VendorFailure."""
    answer = _decode(body)
    try:
        found = [_ONE.decode(answer.embedding)] if answer.embeddings == _NULL else _MANY.decode(answer.embeddings)
    except _UNREADABLE as error:
        raise BadAnswer(f"not embeddings: {error}") from None
    vectors = checked([one.values for one in found])
    return EmbeddingReply(dialect="gemini.embed", vectors=vectors, heard=_hear(answer.usage_metadata))


def read_facts(body: bytes) -> ReplyFacts:
    """The same of a reply that is passed on as it is. Raises: BadAnswer, VendorFailure."""
    usage = _hear(_decode(body).usage_metadata)
    return ReplyFacts(usage=usage, response_model=None, finish_reasons=(), weight=Weight())


def _decode(body: bytes) -> _Answer:
    text = body.removeprefix(b"\xef\xbb\xbf")
    try:
        answer = _ANSWER.decode(text)
    except _UNREADABLE:
        answer = _decode_odd(body)
    if bytes(answer.error) not in _NOTHING:
        raise failure_of(body)
    if answer.embeddings == _NULL and answer.embedding == _NULL:
        raise BadAnswer("an answer without embeddings")
    return answer


def _decode_odd(body: bytes) -> _Answer:
    """Google answers some errors with a list of one."""
    text = without_surrogates(body.decode("utf-8", "replace").encode())
    try:
        if text.lstrip().startswith(b"["):
            return msgspec.json.decode(text, type=tuple[_Answer])[0]
        return _ANSWER.decode(text)
    except _UNREADABLE as error:
        raise BadAnswer(f"not an answer: {error}") from None


def _hear(raw: msgspec.Raw) -> Heard | None:
    try:
        usage = _USAGE.decode(raw)
    except _UNREADABLE:
        return None
    return hear(input_tokens=usage.prompt_token_count, output_tokens=0)
