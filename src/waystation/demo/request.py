"""A request as it was read from a connection, and the exchange that a connection plays for it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from urllib.parse import parse_qs

from waystation.demo.answer import Step
from waystation.demo.refusals import Refusal


@dataclass(slots=True)
class Request:
    method: str = ""
    target: bytes = b""
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    body: bytearray = field(default_factory=bytearray)
    turn: int = 0  # how many requests came before it on its connection
    keep_alive: bool = True
    http10: bool = False
    broken: Refusal | None = None  # it could not be read to its end, for this reason

    @property
    def path(self) -> str:
        return self.target.partition(b"?")[0].decode("latin-1")

    def header(self, name: bytes) -> str:
        """The first header of this lower-case name, or nothing."""
        return next((value.decode("latin-1") for got, value in self.headers if got.lower() == name), "")

    def asked(self, name: str) -> str:
        """The first value of this name in the query, or nothing."""
        query = parse_qs(self.target.partition(b"?")[2].decode("latin-1"))
        return query.get(name, [""])[0]

    @property
    def bearer(self) -> str:
        scheme, _, key = self.header(b"authorization").partition(" ")
        return key.strip() if scheme.lower() == "bearer" else ""

    @property
    def key(self) -> str:
        """Wherever it stands: as a bearer, in Anthropic's header, in Google's, or in the query."""
        return self.bearer or self.header(b"x-api-key") or self.header(b"x-goog-api-key") or self.asked("key")


@dataclass(slots=True)
class Exchange:
    """The steps to play; exactly one of `ended` and `left` is called, when all were played or the peer has gone."""

    steps: Iterator[Step]
    keep_alive: bool
    ended: Callable[[], None]
    left: Callable[[], None]
