"""Conditions of keys, told to all gateways and kept over a restart.

Nothing of it is waited for: a gateway goes by what it knows, tells what has changed some milliseconds later, and hears
what others tell. Redis puts all of it in one order, and each goes by the last word. Lost, it changes nothing: keys keep
the states that they had, and what changed meanwhile is told when it's back.
"""

import asyncio
import logging
from contextlib import suppress
from time import monotonic
from typing import Any, Final

import msgspec

from waystation.adapters.redis.address import LOST, RedisAddress
from waystation.adapters.redis.script import Script
from waystation.keys.book import Book
from waystation.keys.known import Known, Subject

log = logging.getLogger(__name__)

GATHER_S: Final = 0.02  # what changes together is told together
EVERY_S: Final = 30.0  # then all is read again, should a word have been lost
FORGET_S: Final = 86_400.0  # after its end, as in keys.lua
TICK_S: Final = 1.0
PAUSE_S: Final = 0.5
BATCH_MAX: Final = 200
FRESH_MAX: Final = 20_000  # some 10 MB, if Redis is away while all keys of many models change

_Told = list[Any]  # field, wait in ms, what is said; and who said it
_encode = msgspec.msgpack.Encoder().encode
_write = msgspec.json.Encoder().encode  # Redis' msgpack knows one kind of string, which is text
_read = msgspec.json.Decoder(Known).decode
_decode_message = msgspec.msgpack.Decoder(tuple[str, list[_Told]]).decode
_decode_all = msgspec.msgpack.Decoder(list[_Told]).decode


class KeyStates:
    """Between `start` and `aclose`, for what `book` knows."""

    def __init__(self, address: RedisAddress, gate: str, book: Book) -> None:
        self._client = address.client()
        self._prefix = address.prefix
        self._script = Script("keys.lua")
        self._gate = gate
        self._book = book
        self._fresh: dict[str, tuple[Known, float]] = {}  # by field: what is to be told, and when it was so
        self._untold: dict[str, int] = {}  # by field: how often we have told of it, and not heard ourselves yet
        self._kick = asyncio.Event()
        self._read_at = 0.0
        self._task: asyncio.Task[None] | None = None
        self._closing = False

    async def start(self) -> None:
        """What was known before is known again, if Redis answers."""
        with suppress(*LOST):
            await self.catch_up()
        self._task = asyncio.create_task(self._run(), name="waystation-redis-keys")

    async def aclose(self) -> None:
        self._closing = True
        self._kick.set()
        if self._task is not None:
            await asyncio.wait({self._task}, timeout=2 * TICK_S)
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        await self._client.aclose()

    def share(self, known: Known) -> None:
        """To be told soon; only the last word on anything is."""
        field = _field(known.subject)
        if field in self._fresh or len(self._fresh) < FRESH_MAX:
            self._fresh[field] = (known, monotonic())
            self._kick.set()

    def hear(self, message: bytes) -> None:
        """What some gateway tells. Where we have said something since, or are about to, that comes after it."""
        gate, told = _decode_message(message)
        for field, wait_ms, said in told:
            if gate == self._gate:
                self._count_down(field)
            elif field not in self._untold and field not in self._fresh:
                self._take_over(said, wait_ms)

    async def catch_up(self) -> None:
        """Take over all that is known there, and tell what is not. Raises: one of LOST."""
        answer = await self._script.run(self._client, self._prefix, self._gate, _encode([]))
        there = _decode_all(answer or b"\x90")
        self._untold.clear()
        self._read_at = monotonic()
        for field, wait_ms, said, gate in there:
            if gate != self._gate and field not in self._fresh:
                self._take_over(said, wait_ms)
        fields = {field for field, *_ in there}
        for known in self._book.all_known(monotonic()):
            if known.wait_s > -FORGET_S and _field(known.subject) not in fields:
                self.share(known)

    async def _run(self) -> None:
        while not self._closing:
            with suppress(TimeoutError):
                async with asyncio.timeout(TICK_S):
                    await self._kick.wait()
                await asyncio.sleep(GATHER_S)
            self._kick.clear()
            self._book.give_up_probes(monotonic())
            try:
                while self._fresh:
                    await self._tell_some()
                if monotonic() - self._read_at > EVERY_S:
                    await self.catch_up()
            except LOST as error:
                log.debug("key states not shared", extra={"error": str(error)})
                await asyncio.sleep(PAUSE_S)

    async def _tell_some(self) -> None:
        """Raises: one of LOST; then it is still to be told."""
        batch = {field: self._fresh.pop(field) for field in list(self._fresh)[:BATCH_MAX]}
        now = monotonic()
        told = [[field, _wait_ms(known, at, now), _write(known).decode()] for field, (known, at) in batch.items()]
        for field in batch:
            self._untold[field] = self._untold.get(field, 0) + 1
        try:
            await self._script.run(self._client, self._prefix, self._gate, _encode(told))
        except BaseException:
            for field in batch:
                self._count_down(field)
            self._fresh = batch | self._fresh  # what is newer stays
            raise

    def _count_down(self, field: str) -> None:
        left = self._untold.pop(field, 1) - 1
        if left > 0:
            self._untold[field] = left

    def _take_over(self, said: str, wait_ms: float) -> None:
        known = msgspec.structs.replace(_read(said), wait_s=wait_ms / 1000)
        self._book.merge(known, monotonic())


def _wait_ms(known: Known, at: float, now: float) -> int:
    return round((known.wait_s - (now - at)) * 1000)


def _field(subject: Subject) -> str:
    kind, name = ("key", subject.key) if subject.key is not None else ("account", subject.account)
    return f"{kind}\x1f{name}\x1f{'' if subject.model is None else '=' + subject.model}"
