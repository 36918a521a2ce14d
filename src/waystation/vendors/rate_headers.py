"""What vendors say of their rate limits in the headers of any answer: whether anything is left, and when more is.

OpenAI: x-ratelimit-{limit,remaining,reset}-{requests,tokens}, resets such as "6m0s"
(platform.openai.com/docs/guides/rate-limits). Anthropic: anthropic-ratelimit-…-{limit,remaining,reset}, resets in
RFC 3339 (platform.claude.com/docs/en/api/rate-limits). Moonshot: x-ratelimit-{limit,remaining,reset}. Read 2026-11.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from operator import itemgetter
from typing import Final, NamedTuple

LONGEST_S: Final = 3600.0  # as with Retry-After
_SHARE: Final = 10
_EPOCH_MIN: Final = 1_000_000_000  # a larger number of seconds is a date
_PART: Final = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ms|s|m|h|d)", re.ASCII)
_PARTS: Final = re.compile(rf"(?:{_PART.pattern})+", re.ASCII)
_value_of: Final = itemgetter(1)
_SECONDS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}


class _Names(NamedTuple):
    """`evenly`: the limit fills up evenly until its reset, so that something is there before."""

    limit: bytes
    reset: bytes
    evenly: bool


_BY_REMAINING: Final = {
    b"x-ratelimit-remaining": _Names(b"x-ratelimit-limit", b"x-ratelimit-reset", False),
    **{
        b"x-ratelimit-remaining-" + kind: _Names(b"x-ratelimit-limit-" + kind, b"x-ratelimit-reset-" + kind, True)
        for kind in (b"requests", b"tokens")
    },
    **{
        b"anthropic-ratelimit-" + kind + b"-remaining": _Names(
            b"anthropic-ratelimit-" + kind + b"-limit", b"anthropic-ratelimit-" + kind + b"-reset", True
        )
        for kind in (b"requests", b"tokens", b"input-tokens", b"output-tokens")
    },
}


def spent(headers: Sequence[tuple[bytes, bytes]]) -> bool:
    """Whether the vendor says that nothing is left. It is asked for each answer, and few have any header that is 0."""
    return b"0" in map(_value_of, headers) and any(value == b"0" and name in _BY_REMAINING for name, value in headers)


def spent_s(headers: Iterable[tuple[bytes, bytes]], now: float) -> float | None:
    """Seconds until there is something again, where nothing is left; None: that was not said. `now`: Unix seconds.

    A reset is when all is there again. Where it comes evenly, a tenth of the time brings a tenth of it, at least one.
    """
    fields = dict(headers)
    waits = []
    for remaining, names in _BY_REMAINING.items():
        if fields.get(remaining) != b"0" or names.reset not in fields:
            continue
        wait_s = _reset_s(fields[names.reset].decode("latin-1").strip(), now)
        if wait_s is not None:
            limit = _whole(fields.get(names.limit, b""))
            share = min(_SHARE, limit) if names.evenly else 1
            waits.append(min(max(wait_s, 0.0), LONGEST_S) / share)
    return max(waits, default=None)


def _whole(value: bytes) -> int:
    return max(int(value), 1) if value.isdigit() and len(value) < _SHARE else 1


def _reset_s(text: str, now: float) -> float | None:
    if _PARTS.fullmatch(text):
        return sum(float(number) * _SECONDS[unit] for number, unit in _PART.findall(text))
    try:
        seconds = float(text)
    except ValueError:
        return _until_s(text, now)
    if not 0 <= seconds < _EPOCH_MIN * 10_000:  # neither seconds nor a date, of which some are in milliseconds
        return None
    if seconds >= _EPOCH_MIN * 100:
        seconds /= 1000
    return seconds - now if seconds >= _EPOCH_MIN else seconds


def _until_s(text: str, now: float) -> float | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return None if moment.tzinfo is None else moment.timestamp() - now
