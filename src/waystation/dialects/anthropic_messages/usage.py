"""What a call used, both ways. Here `input_tokens` is without what was read from a cache or written to one.

Source: platform.claude.com/docs/en/build-with-claude/prompt-caching and the anthropic SDK 2.12 (2026-11).
"""

from typing import Final

import msgspec

from waystation.wire.usage import COUNT_MAX, Heard, hear

_UNREADABLE: Final = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


class Counts(msgspec.Struct, gc=False):
    """Members are objects: nonsense in one must not cost the others."""

    input_tokens: object = None
    output_tokens: object = None
    cache_read_input_tokens: object = None
    cache_creation_input_tokens: object = None
    cache_creation: object = None
    output_tokens_details: object = None
    server_tool_use: object = None
    service_tier: object = None


_COUNTS: Final = msgspec.json.Decoder(Counts)


class Meter:
    """The usage of one answer. A stream tells the input at its beginning and all counts so far at its end.

    Of every count the last one that was said is kept. A 0 after a larger one is not: counts only grow, and some
    vendors repeat those that they no longer know as 0.
    """

    __slots__ = ("_counts",)

    def __init__(self) -> None:
        self._counts = Counts()

    def hear(self, raw: msgspec.Raw) -> Heard | None:
        """None if there is no input or output count so far, or none that can be read."""
        try:
            counts = _COUNTS.decode(raw)
        except _UNREADABLE:
            return None
        for name, value in zip(counts.__struct_fields__, msgspec.structs.astuple(counts), strict=True):
            if value is not None and not (value == 0 and getattr(self._counts, name)):
                setattr(self._counts, name, value)
        return _heard(self._counts)


def usage_of(heard: Heard) -> dict[str, object]:
    """As callers read it: clients add the counts up, so those of the cache are always said."""
    usage = heard.usage
    read, written = usage.cache_read_input_tokens or 0, usage.cache_creation_input_tokens or 0
    members: dict[str, object] = {
        "input_tokens": max(0, (usage.input_tokens or 0) - read - written),
        "cache_creation_input_tokens": written,
        "cache_read_input_tokens": read,
        "output_tokens": usage.output_tokens or 0,
    }
    hour = usage.cache_creation_1h_input_tokens
    if hour is not None:
        members["cache_creation"] = {
            "ephemeral_5m_input_tokens": max(0, written - hour),
            "ephemeral_1h_input_tokens": hour,
        }
    if usage.reasoning_output_tokens is not None:
        members["output_tokens_details"] = {"thinking_tokens": usage.reasoning_output_tokens}
    if usage.searches is not None:
        members["server_tool_use"] = {"web_search_requests": usage.searches}
    return members


def _heard(counts: Counts) -> Heard | None:
    hour = _within(counts.cache_creation, "ephemeral_1h_input_tokens")
    written = counts.cache_creation_input_tokens
    if written is None and counts.cache_creation is not None:
        written = _count(hour) + _count(_within(counts.cache_creation, "ephemeral_5m_input_tokens"))
    whole_in = counts.input_tokens
    if _is_count(whole_in):
        whole_in = _count(whole_in) + _count(counts.cache_read_input_tokens) + _count(written)
    return hear(
        input_tokens=whole_in,
        output_tokens=counts.output_tokens,
        cache_read_input_tokens=counts.cache_read_input_tokens,
        cache_creation_input_tokens=written,
        cache_creation_1h_input_tokens=hour,
        reasoning_output_tokens=_within(counts.output_tokens_details, "thinking_tokens"),
        searches=_within(counts.server_tool_use, "web_search_requests"),
        service_tier=counts.service_tier,
    )


def _within(details: object, name: str) -> object:
    return details.get(name) if isinstance(details, dict) else None


def _is_count(value: object) -> bool:
    """A whole number that can be one, also if it is written as 5.0."""
    if isinstance(value, float):
        return value.is_integer() and 0 <= value <= COUNT_MAX
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= COUNT_MAX


def _count(value: object) -> int:
    """0 for what is none: `hear` mends and marks it."""
    return int(value) if isinstance(value, int | float) and _is_count(value) else 0
