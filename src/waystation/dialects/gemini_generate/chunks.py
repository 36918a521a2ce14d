"""One event of a stream, or a whole answer: Gemini writes both alike."""

from typing import Final

import msgspec

from waystation.dialects.gemini_generate.fields import Fields
from waystation.dialects.gemini_generate.refusal import failure_of

NULL: Final = msgspec.Raw(b"null")
_NOTHING: Final = (b"null", b"{}", b'""', b"false")
_UNREADABLE: Final = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
_BOM: Final = b"\xef\xbb\xbf"
_DIGITS: Final = frozenset("0123456789")


class Call(msgspec.Struct, gc=False):
    id: str | None = None
    name: str | None = None
    args: msgspec.Raw = NULL


class Part(msgspec.Struct, rename="camel", gc=False):
    """What is neither text nor a call is read from `raws_of`."""

    text: str | None = None
    thought: bool | None = None
    thought_signature: str | None = None
    function_call: Call | None = None


class Content(msgspec.Struct, gc=False):
    parts: list[Part] | None = None


class Candidate(msgspec.Struct, rename="camel", gc=False):
    content: Content | None = None
    finish_reason: str | None = None
    index: int | None = 0
    grounding_metadata: msgspec.Raw = NULL
    citation_metadata: msgspec.Raw = NULL
    logprobs_result: msgspec.Raw = NULL


class Feedback(msgspec.Struct, rename="camel", gc=False):
    block_reason: str | None = None


class Chunk(msgspec.Struct, rename="camel", gc=False):
    candidates: list[Candidate] | None = None
    usage_metadata: msgspec.Raw = NULL
    prompt_feedback: Feedback | None = None
    model_version: str | None = None
    response_id: str | None = None
    create_time: str | None = None
    error: msgspec.Raw = NULL

    @property
    def blocked(self) -> bool:
        """The prompt was refused, so there is no candidate."""
        return not self.candidates and self.prompt_feedback is not None and bool(self.prompt_feedback.block_reason)


class _RawContent(msgspec.Struct):
    parts: list[msgspec.Raw] = []


class _RawCandidate(msgspec.Struct):
    content: _RawContent | None = None


class _RawChunk(msgspec.Struct):
    candidates: list[_RawCandidate] = []


_CHUNK: Final = msgspec.json.Decoder(Chunk)
_RAW_CHUNK: Final = msgspec.json.Decoder(_RawChunk)


def decode_chunk(payload: bytes) -> Chunk:
    """Raises: BadAnswer if it is none, VendorFailure if it is an error instead."""
    try:
        chunk = _CHUNK.decode(payload)
    except _UNREADABLE:
        chunk = _decode_odd(payload)
    if chunk.error != NULL and bytes(chunk.error) not in _NOTHING:
        raise failure_of(payload)
    return chunk


def raws_of(payload: bytes, at: int) -> list[msgspec.Raw]:
    """The parts of the candidate that stands there, unread; none if they can't be told apart."""
    try:
        content = _RAW_CHUNK.decode(payload).candidates[at].content
    except (*_UNREADABLE, IndexError):
        return []
    return [] if content is None else content.parts


def _decode_odd(payload: bytes) -> Chunk:
    """Members of another type than Gemini's are passed over. An error may come in a list of one."""
    text = payload.strip().removeprefix(_BOM).strip()
    if text.startswith(b"["):
        raise failure_of(payload)
    table = Fields(text, answer=True)
    feedback = table.table("promptFeedback") if table.opens("promptFeedback") == "{" else None
    return Chunk(
        candidates=[_odd_candidate(row) for row in _objects(table, "candidates")],
        usage_metadata=table.raw("usageMetadata") or NULL,
        prompt_feedback=None if feedback is None else Feedback(feedback.text_or_none("blockReason")),
        model_version=table.text_or_none("modelVersion"),
        response_id=table.text_or_none("responseId"),
        create_time=table.text_or_none("createTime"),
        error=table.raw("error") or NULL,
    )


def _odd_candidate(row: Fields) -> Candidate:
    content = row.table("content") if row.opens("content") == "{" else None
    parts = [] if content is None else [_odd_part(part) for part in _objects(content, "parts")]
    return Candidate(
        content=Content(parts),
        finish_reason=row.text_or_none("finishReason"),
        index=row.whole("index") if row.opens("index") in _DIGITS else 0,
        grounding_metadata=row.raw("groundingMetadata") or NULL,
        citation_metadata=row.raw("citationMetadata") or NULL,
        logprobs_result=row.raw("logprobsResult") or NULL,
    )


def _odd_part(part: Fields) -> Part:
    call = part.table("functionCall") if part.opens("functionCall") == "{" else None
    return Part(
        text=part.text_or_none("text"),
        thought=part.opens("thought") == "t",
        thought_signature=part.text_or_none("thoughtSignature"),
        function_call=None
        if call is None
        else Call(call.text_or_none("id"), call.text_or_none("name"), call.raw("args") or NULL),
    )


def _objects(table: Fields, name: str) -> list[Fields]:
    return table.each(name) if table.opens(name) in ("[", "{") else []
