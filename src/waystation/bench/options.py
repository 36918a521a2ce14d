"""What a load test is asked to do."""

from dataclasses import dataclass
from typing import Literal, get_args
from urllib.parse import urlsplit

Spoken = Literal["openai.chat", "anthropic.messages"]

CALLS_MAX = 10_000_000
CONCURRENCY_MAX = 10_000  # one socket each, and a process has few more


class BadOptions(ValueError):
    """The options cannot be carried out; the message says which and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """One load test. It ends after `calls` calls or `seconds` seconds, whichever comes first.

    `rate` None is a closed loop: `concurrency` callers, each asking again as soon as it is answered.
    With a `rate` (calls per second) calls start on a fixed beat whatever the answers do, and
    `concurrency` bounds the connections; a call that waits for one has the wait counted in its latency.
    `dialect` is the language that the callers speak.
    `body_bytes` is about the size of the request body; `warm_up` calls go first and are not counted.
    Raises: BadOptions.
    """

    url: str
    token: str
    model: str
    stream: bool = False
    dialect: Spoken = "openai.chat"
    calls: int = 1_000
    seconds: float = 30.0
    concurrency: int = 16
    rate: float | None = None
    body_bytes: int = 1_024
    max_tokens: int = 128
    warm_up: int = 4
    timeout_s: float = 60.0
    headers: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        if urlsplit(self.url).scheme not in {"http", "https"} or not urlsplit(self.url).hostname:
            raise BadOptions(f"url {self.url!r} is not an http:// or https:// address")
        for name, least, most in _BOUNDS:
            value = getattr(self, name)
            if not least <= value <= most:
                raise BadOptions(f"{name} is {value}, expected {least} to {most}")
        if self.dialect not in get_args(Spoken):
            raise BadOptions(f"dialect is {self.dialect!r}, expected one of {', '.join(get_args(Spoken))}")
        if self.rate is not None and self.rate <= 0:
            raise BadOptions(f"rate is {self.rate}, expected more than 0 calls per second")
        for text in (self.token, *(part for header in self.headers for part in header)):
            if not text.isascii() or not text.isprintable():
                raise BadOptions("a token or header has characters that HTTP headers cannot carry")


_BOUNDS = (
    ("calls", 1, CALLS_MAX),
    ("seconds", 0.1, 86_400),
    ("concurrency", 1, CONCURRENCY_MAX),
    ("body_bytes", 1, 64 << 20),
    ("max_tokens", 1, 1_000_000),
    ("warm_up", 0, 100_000),
    ("timeout_s", 0.1, 3_600),
)
