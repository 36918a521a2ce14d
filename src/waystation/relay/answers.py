"""Answers that may be asked for again: in memory only, bounded in bytes and in time."""

import asyncio
from collections.abc import Callable

from waystation.wire.errors import WaystationError
from waystation.wire.loss import Loss


class Answer:
    """What the caller of one call was sent, as far as it has come. `failure`: the error that it ended with.

    `ended` is set when nothing more will come of it, be it kept or not.
    """

    __slots__ = ("_size", "call_id", "ended", "expires_at", "failure", "input_digest", "losses", "parts")

    def __init__(self, call_id: str, input_digest: bytes) -> None:
        self.call_id = call_id
        self.input_digest = input_digest
        self.ended = asyncio.Event()
        self.parts: list[bytes] = []
        self.losses: tuple[Loss, ...] = ()
        self.failure: WaystationError | None = None
        self.expires_at = 0.0
        self._size = 0

    def add(self, data: bytes) -> int:
        self.parts.append(data)
        self._size += len(data)
        return len(data)

    def empty(self) -> int:
        """How many bytes that frees."""
        size, self._size = self._size, 0
        self.parts.clear()
        return size


class Answers:
    """By the digest of their key. `bytes_max` bounds all of them, those under way included."""

    def __init__(self, monotonic: Callable[[], float], *, bytes_max: int, keep_s: float) -> None:
        self._monotonic = monotonic
        self._bytes_max = bytes_max
        self._keep_s = keep_s
        self._open: dict[bytes, Answer] = {}
        self._kept: dict[bytes, Answer] = {}  # the oldest first
        self._size = 0

    def find(self, digest: bytes) -> Answer | None:
        """One that is under way, or whole."""
        self._expire()
        return self._open.get(digest) or self._kept.get(digest)

    def begin(self, digest: bytes, answer: Answer) -> None:
        self._open[digest] = answer

    def add(self, answer: Answer, data: bytes) -> bool:
        """False if there is no room for it: then nothing of it is left."""
        self._size += answer.add(data)
        while self._size > self._bytes_max and self._kept:
            self._drop_oldest()
        if self._size <= self._bytes_max:
            return True
        self._size -= answer.empty()
        return False

    def keep(self, digest: bytes) -> None:
        """It is whole now."""
        answer = self._kept[digest] = self._open.pop(digest)
        answer.expires_at = self._monotonic() + self._keep_s
        answer.ended.set()

    def drop(self, digest: bytes) -> None:
        """Nothing will come of one that was under way."""
        answer = self._open.pop(digest)
        self._size -= answer.empty()
        answer.ended.set()

    def _expire(self) -> None:
        now = self._monotonic()
        while self._kept and next(iter(self._kept.values())).expires_at <= now:
            self._drop_oldest()

    def _drop_oldest(self) -> None:
        self._size -= self._kept.pop(next(iter(self._kept))).empty()
