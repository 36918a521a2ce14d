"""What a call used: usageMetadata into our buckets and back. Source: ai.google.dev/api/generate-content (2026-11).

The prompt's count holds what was read from a cache; the results of built-in tools come on top of it. The candidates'
count is without the thoughts. A count that is 0 may be left out, and then only the total tells it.
"""

from typing import Annotated, Final

import msgspec

from waystation.dialects.table import said
from waystation.wire.usage import COUNT_MAX, Heard, Usage, hear

_Count = Annotated[int, msgspec.Meta(ge=0, le=COUNT_MAX)]

_UNREADABLE: Final = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


class Detail(msgspec.Struct, rename="camel", gc=False):
    """Tokens of one kind of content: TEXT, IMAGE, AUDIO, VIDEO or DOCUMENT."""

    modality: str | None = None
    token_count: _Count | None = None


class Counts(msgspec.Struct, rename="camel", gc=False):
    """What Gemini sends: the decoder checks the counts as `hear` would."""

    prompt_token_count: _Count | None = None
    candidates_token_count: _Count | None = None
    thoughts_token_count: _Count | None = None
    tool_use_prompt_token_count: _Count | None = None
    cached_content_token_count: _Count | None = None
    total_token_count: _Count | None = None
    prompt_tokens_details: list[Detail] | None = None
    candidates_tokens_details: list[Detail] | None = None
    service_tier: str | None = None


class _OddCounts(msgspec.Struct, rename="camel", gc=False):
    """Members are objects: nonsense in one must not cost the others."""

    prompt_token_count: object = None
    candidates_token_count: object = None
    thoughts_token_count: object = None
    tool_use_prompt_token_count: object = None
    cached_content_token_count: object = None
    total_token_count: object = None
    prompt_tokens_details: object = None
    candidates_tokens_details: object = None
    service_tier: object = None


_COUNTS: Final = msgspec.json.Decoder(Counts)
_ODD_COUNTS: Final = msgspec.json.Decoder(_OddCounts)


class Meter:
    """The usage of a stream: every event tells all that was used so far, some only a part of that."""

    __slots__ = ("_before",)

    def __init__(self) -> None:
        self._before: Counts | _OddCounts = Counts()

    def hear(self, raw: msgspec.Raw) -> Heard | None:
        """None if it holds no input or output count, or none that can be read."""
        counts = _decode(raw)
        if counts is None:
            return None
        self._before = _merged(counts, self._before)
        if isinstance(self._before, Counts):
            return _hear_sound(self._before) or _hear_any(self._before)
        return _hear_any(self._before)


def usage_of(heard: Heard) -> dict[str, object]:
    """Counts that were not said are left out."""
    usage = heard.usage
    whole_in, whole_out = usage.input_tokens or 0, usage.output_tokens or 0
    thoughts = usage.reasoning_output_tokens
    return said(
        {
            "promptTokenCount": whole_in,
            "candidatesTokenCount": whole_out - (thoughts or 0),
            "totalTokenCount": whole_in + whole_out,
            "thoughtsTokenCount": thoughts,
            "cachedContentTokenCount": usage.cache_read_input_tokens,
        }
    )


def _decode(raw: msgspec.Raw) -> Counts | _OddCounts | None:
    try:
        return _COUNTS.decode(raw)
    except _UNREADABLE:
        pass
    try:
        return _ODD_COUNTS.decode(raw)
    except _UNREADABLE:
        return None


def _merged(now: Counts | _OddCounts, before: Counts | _OddCounts) -> Counts | _OddCounts:
    """`now`, with what it leaves out as it was before."""
    told = [
        old if new is None else new
        for new, old in zip(msgspec.structs.astuple(now), msgspec.structs.astuple(before), strict=True)
    ]
    if isinstance(now, Counts) and isinstance(before, Counts):
        return Counts(*told)
    return _OddCounts(*told)


def _hear_sound(counts: Counts) -> Heard | None:
    """None if the usual counts are not there, or a part is larger than its whole."""
    prompt, text, cached = counts.prompt_token_count, counts.candidates_token_count, counts.cached_content_token_count
    if prompt is None or text is None or (cached or 0) > prompt:
        return None
    thoughts = counts.thoughts_token_count
    whole_in, whole_out = prompt + (counts.tool_use_prompt_token_count or 0), text + (thoughts or 0)
    if whole_in > COUNT_MAX or whole_out > COUNT_MAX:
        return None
    of_prompt, of_text = counts.prompt_tokens_details, counts.candidates_tokens_details
    audio_in, image_in = _of(of_prompt, "AUDIO"), _of(of_prompt, "IMAGE")
    audio_out, image_out = _of(of_text, "AUDIO"), _of(of_text, "IMAGE")
    if max(audio_in or 0, image_in or 0) > whole_in or max(audio_out or 0, image_out or 0) > whole_out:
        return None
    sound = Usage(
        input_tokens=whole_in,
        output_tokens=whole_out,
        cache_read_input_tokens=cached,
        reasoning_output_tokens=thoughts,
        audio_input_tokens=audio_in,
        image_input_tokens=image_in,
        audio_output_tokens=audio_out,
        image_output_tokens=image_out,
    )
    return Heard(sound, ()).served(_tier(counts))


def _hear_any(counts: Counts | _OddCounts) -> Heard | None:
    told_in = _sum(counts.prompt_token_count, counts.tool_use_prompt_token_count)
    told_out = _sum(counts.candidates_token_count, counts.thoughts_token_count)
    total = counts.total_token_count
    if counts.candidates_token_count is None and (rest := _rest(total, told_in)) is not None:
        told_out = rest
    if counts.prompt_token_count is None and (rest := _rest(total, told_out)) is not None:
        told_in = rest
    sound = counts if isinstance(counts, Counts) else Counts()  # what can't be read is billed as text
    return hear(
        input_tokens=told_in,
        output_tokens=told_out,
        cache_read_input_tokens=counts.cached_content_token_count,
        reasoning_output_tokens=counts.thoughts_token_count,
        audio_input_tokens=_of(sound.prompt_tokens_details, "AUDIO"),
        image_input_tokens=_of(sound.prompt_tokens_details, "IMAGE"),
        audio_output_tokens=_of(sound.candidates_tokens_details, "AUDIO"),
        image_output_tokens=_of(sound.candidates_tokens_details, "IMAGE"),
        service_tier=_tier(counts),
    )


def _of(details: list[Detail] | None, modality: str) -> int | None:
    if not details:
        return None
    told = [detail.token_count for detail in details if detail.modality == modality and detail.token_count is not None]
    return sum(told) if told else None


def _tier(counts: Counts | _OddCounts) -> str | None:
    """Some of Google's servers write it in capitals."""
    return counts.service_tier.lower() if isinstance(counts.service_tier, str) else None


def _sum(one: object, other: object) -> object:
    """What is no count is left for `hear` to mend."""
    if not _is_count(other):
        return one if other is None or one is not None else other
    if not _is_count(one):
        return other if one is None else one
    assert isinstance(one, int)
    assert isinstance(other, int)
    return one + other


def _rest(total: object, part: object) -> int | None:
    if not (isinstance(total, int) and isinstance(part, int)) or total < part:
        return None
    return total - part


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0
