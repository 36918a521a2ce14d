"""A vendor's plain answer, into words. What it says beyond them is kept whole for this language, counts included."""

from typing import Final

import msgspec

from waystation.dialects.gemini_generate.annotations import NULL, annotations_of
from waystation.dialects.gemini_generate.chunks import decode_chunk
from waystation.dialects.gemini_generate.fields import Fields
from waystation.dialects.gemini_generate.finishes import reason_of
from waystation.dialects.gemini_generate.logprobs import tokens_of
from waystation.dialects.gemini_generate.nested import left_in
from waystation.dialects.gemini_generate.parts_in import part_of
from waystation.dialects.gemini_generate.speech import made_id
from waystation.dialects.gemini_generate.times import seconds_of
from waystation.dialects.gemini_generate.usage import Meter
from waystation.wire.chat import ChatReply, Choice, Part, TextPart, ToolCallPart
from waystation.wire.errors import BadAnswer

_BOM: Final = b"\xef\xbb\xbf"
_DIGITS: Final = frozenset("0123456789")
_replace: Final = msgspec.structs.replace


def decode_reply(body: bytes, call_id: str) -> ChatReply:
    """Raises: BadAnswer, VendorFailure."""
    chunk = decode_chunk(body)
    answer = Fields(body.strip().removeprefix(_BOM), answer=True)
    answer.raw("error")
    rows = answer.each("candidates") if answer.opens("candidates") in ("[", "{") else []
    if chunk.blocked:
        choices = [Choice(finish_reason="content_filter")]
    elif rows:
        choices = [_choice(row, at, len(rows), call_id) for at, row in enumerate(rows)]
    else:
        raise BadAnswer("an answer without candidates")
    answer.raw("candidates")
    return ChatReply(
        dialect="gemini.generate",
        id=answer.text_or_none("responseId"),
        model=answer.text_or_none("modelVersion"),
        created=seconds_of(chunk.create_time),
        choices=tuple(choices),
        heard=None if chunk.usage_metadata == NULL else Meter().hear(chunk.usage_metadata),
        extras=answer.left(),
    )


def _choice(row: Fields, at: int, count: int, call_id: str) -> Choice:
    index = row.whole("index") if row.opens("index") in _DIGITS else 0 if count == 1 else None
    index = at if index is None or index >= count else index
    content = row.table("content") if row.opens("content") == "{" else None
    parts = [] if content is None else _parts(content, index, call_id)
    if content is not None:
        content.raw("role")
    word = row.peek("finishReason")
    logprobs = row.raw("logprobsResult")
    extras = dict(left_in(row, content=content))
    if logprobs is not None:
        extras["logprobsResult"] = logprobs
    cited = extras.get("groundingMetadata", NULL), extras.get("citationMetadata", NULL)
    return Choice(
        index=index,
        parts=_cited(parts, *cited),
        finish_reason=reason_of(word, calls=any(isinstance(part, ToolCallPart) for part in parts)),
        logprobs=None if logprobs is None else tokens_of(logprobs),
        extras=extras,
    )


def _parts(content: Fields, index: int, call_id: str) -> list[Part]:
    """Ids are made as in a stream, by the number of the call."""
    parts: list[Part] = []
    calls = 0
    for raw, path in content.placed("parts"):
        part = part_of(raw, path, made_id(call_id, index, calls), answer=True)
        calls += isinstance(part, ToolCallPart)
        parts.append(part)
    return parts


def _cited(parts: list[Part], grounding: msgspec.Raw, citations: msgspec.Raw) -> tuple[Part, ...]:
    """The citations stand on the last text."""
    texts = [at for at, part in enumerate(parts) if isinstance(part, TextPart)]
    if texts:
        last = parts[texts[-1]]
        assert isinstance(last, TextPart)
        found = annotations_of(grounding, citations, last.text if len(texts) == 1 else None)
        parts[texts[-1]] = _replace(last, annotations=found)
    return tuple(parts)
