"""What is left of the limits above a call, in the headers that the SDKs of its language know.

OpenAI's (platform.openai.com/docs/guides/rate-limits, 2026-11): `x-ratelimit-limit-requests` and so on, the reset as a
duration, "6m0s" or "12ms". Anthropic's (platform.claude.com/docs/en/api/rate-limits, 2026-11):
`anthropic-ratelimit-requests-limit` and so on, the reset in RFC 3339. Both say when all of it is there again. Other
languages have none of their own, and get OpenAI's.
"""

from datetime import UTC, datetime
from functools import lru_cache
from math import ceil
from typing import Final

from waystation.gateway.asgi import HeaderList
from waystation.wire.dialect import Dialect
from waystation.wire.limit import Rates

_OPENAI: Final = (
    (b"x-ratelimit-limit-requests", b"x-ratelimit-remaining-requests", b"x-ratelimit-reset-requests"),
    (b"x-ratelimit-limit-tokens", b"x-ratelimit-remaining-tokens", b"x-ratelimit-reset-tokens"),
)
_ANTHROPIC: Final = (
    (
        b"anthropic-ratelimit-requests-limit",
        b"anthropic-ratelimit-requests-remaining",
        b"anthropic-ratelimit-requests-reset",
    ),
    (b"anthropic-ratelimit-tokens-limit", b"anthropic-ratelimit-tokens-remaining", b"anthropic-ratelimit-tokens-reset"),
)

# Scripts of other origins may read them: a second line of a header adds to the first.
_EXPOSED: Final = (
    b"access-control-expose-headers",
    b", ".join(name for names in (*_OPENAI, *_ANTHROPIC) for name in names),
)


def rates_head(rates: Rates, at: float, dialect: Dialect) -> HeaderList:
    """As they were at that moment (Unix seconds). Nothing of what is not limited."""
    head: HeaderList = [_EXPOSED]
    anthropic = dialect == "anthropic.messages"
    requests, tokens = _ANTHROPIC if anthropic else _OPENAI
    if rates.requests_max is not None:
        reset = _moment(at, rates.requests_reset_ms) if anthropic else _duration(rates.requests_reset_ms)
        head += _three(requests, rates.requests_max, rates.requests_left, reset)
    if rates.tokens_max is not None:
        reset = _moment(at, rates.tokens_reset_ms) if anthropic else _duration(rates.tokens_reset_ms)
        head += _three(tokens, rates.tokens_max, rates.tokens_left, reset)
    return head


def _three(names: tuple[bytes, bytes, bytes], most: int, left: int, reset: bytes) -> HeaderList:
    return [(names[0], b"%d" % most), (names[1], b"%d" % left), (names[2], reset)]


@lru_cache(maxsize=1024)
def _duration(ms: int) -> bytes:
    """As Go writes one: "6m0s", "59.9s", "100ms", "0s"."""
    if 0 < ms < 1000:
        return b"%dms" % ms
    minutes, rest = divmod(ms, 60_000)
    seconds = f"{rest / 1000:g}s".encode()
    return b"%dm%s" % (minutes, seconds) if minutes else seconds


def _moment(at: float, ms: int) -> bytes:
    return _rfc3339(ceil(at + ms / 1000))


@lru_cache(maxsize=1024)
def _rfc3339(at: int) -> bytes:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ").encode()
