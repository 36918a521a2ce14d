"""Orders of many calls at once: those that come while a batch is under way go with the next.

So there is one round trip at a time, each order waits for at most two, and a busy gateway asks seldom and much. A Redis
that does not answer in time is lost: everybody who waits hears of it, nobody waits until it is back, and one task asks
whether it is. An order that was sent and not answered may have been carried out or not, or may be yet: a gateway comes
back under another run's name, and Redis takes no orders of the one before.
"""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from time import monotonic
from typing import Any, Final, Protocol

import msgspec
from redis.exceptions import TimeoutError as RedisTimeout

from waystation.adapters.redis.address import LOST, TIMEOUT_S, RedisAddress
from waystation.adapters.redis.script import Script
from waystation.wire.errors import LimiterUnavailable

log = logging.getLogger(__name__)

BEAT_S: Final = 2.0
DEAD_S: Final = 10.0  # then a gateway that did not show itself is dead, and its calls' places are free
BATCH_MAX: Final = 128  # some milliseconds of Redis
PAUSE_S: Final = 0.1
PAUSE_MAX_S: Final = 1.0

HELLO, ENTER, LEAVE, QUIT, BEAT, BYE = range(6)
Order = tuple[Any, ...]

_SHOWING: Final = frozenset({HELLO, BEAT})
_ALIVE_MS: Final = int(DEAD_S * 1000)
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[list[Any]]).decode


class Errand(Protocol):
    """An order, and what is done on the loop at once when it comes back. `wanted`: somebody still waits for it."""

    @property
    def order(self) -> Order: ...

    @property
    def wanted(self) -> bool: ...

    def land(self, answer: list[Any]) -> None: ...

    def fail(self, error: LimiterUnavailable) -> None: ...


class Line:
    """`gate` names this process for ever. `held`: this gateway's calls under way by limit. `tell_lost` hears of a loss.

    `lost` until `start` has found Redis, and from a loss on until it is back.
    """

    def __init__(
        self,
        address: RedisAddress,
        gate: str,
        held: Callable[[], dict[str, int]],
        tell_lost: Callable[[LimiterUnavailable], None],
    ) -> None:
        self._client = address.client()
        self._prefix = address.prefix
        self._script = Script("limits.lua")
        self._gate = gate
        self._held = held
        self._tell_lost = tell_lost
        self._epoch = 0
        self._waiting: list[Errand] = []
        self._leaving: list[Order] = []
        self._kick = asyncio.Event()
        self._beat_at = 0.0
        self._task: asyncio.Task[None] | None = None
        self._closing = False
        self.tell_processes: Callable[[int], None] | None = None  # hears every two seconds how many processes there are
        self.lost = True
        self.cause = "it was not asked yet"

    async def start(self) -> None:
        """Lost, and not an error, if Redis does not answer."""
        await self._try_hello()
        if self.lost:
            log.error("redis not reached", extra={"error": self.cause})
        self._task = asyncio.create_task(self._run(), name="waystation-redis")

    async def aclose(self) -> None:
        """Orders that are still to be sent go, if Redis answers; then this run is over, and holds nothing."""
        self._closing = True  # redis-py may keep a cancellation to itself
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        if not self.lost:
            with suppress(*LOST):
                await self._do([*self._leaving, (BYE,)])
        self._lose("this gateway ends")
        await self._client.aclose()

    def send(self, errand: Errand) -> None:
        """It lands later, or fails. Raises: LimiterUnavailable."""
        if self.lost:
            raise LimiterUnavailable(f"Redis can't be asked for limits: {self.cause}.")
        self._waiting.append(errand)
        self._kick.set()

    def tell(self, order: Order) -> None:
        """Whether it came is not told. Nothing happens while Redis is lost: what we hold is said when it's back."""
        if not self.lost:
            self._leaving.append(order)
            self._kick.set()

    @property
    def _run_name(self) -> str:
        return f"{self._gate}.{self._epoch}"

    async def _run(self) -> None:
        pause_s = PAUSE_S
        while not self._closing:
            if self.lost:
                await asyncio.sleep(pause_s)
                pause_s = min(pause_s * 2, PAUSE_MAX_S)
                await self._try_hello()
                continue
            pause_s = PAUSE_S
            with suppress(TimeoutError):
                async with asyncio.timeout(max(self._beat_at - monotonic(), 0.0)):
                    await self._kick.wait()
            await self._send_some()

    async def _send_some(self) -> None:
        """What is to be told goes first: a place that is free is free for who asks."""
        told, self._leaving = self._leaving[:BATCH_MAX], self._leaving[BATCH_MAX:]
        asked = [errand for errand in self._waiting[:BATCH_MAX] if errand.wanted]
        self._waiting = self._waiting[BATCH_MAX:]
        if not self._waiting and not self._leaving:
            self._kick.clear()
        if monotonic() >= self._beat_at:
            told.append(self._beat())
        if not told and not asked:
            return
        try:
            answers = await self._answers(told, asked)
        except BaseException as error:
            for errand in asked:
                errand.fail(_unavailable(error))
            if not isinstance(error, LOST):
                raise
            self._lose(_words(error))
            return
        for errand, answer in zip(asked, answers, strict=True):
            errand.land(answer)

    async def _answers(self, told: list[Order], asked: list[Errand]) -> list[list[Any]]:
        """Of those who asked. If Redis has forgotten this run, it's told what we hold; what we let go is not in it."""
        answers = await self._do([*told, *(errand.order for errand in asked)])
        if answers is None:
            self._leaving.clear()
            await self._hello()
            answers = await self._do([self._beat(), *(errand.order for errand in asked)])
        if answers is None:
            raise ConnectionError("it forgets this gateway again and again")
        return answers[len(answers) - len(asked) :]

    async def _do(self, orders: list[Order]) -> list[list[Any]] | None:
        answer = await self._script.run(self._client, self._prefix, self._run_name, _encode(orders))
        if answer is None:
            return None
        answers = _decode(answer)
        for order, told in zip(orders, answers, strict=True):
            if order[0] in _SHOWING and self.tell_processes is not None:
                self.tell_processes(told[0])
        return answers

    async def _hello(self) -> None:
        before = self._run_name
        self._epoch += 1
        await self._do([(HELLO, _ALIVE_MS, before, self._held())])
        self._beat_at = monotonic() + BEAT_S

    async def _try_hello(self) -> None:
        try:
            await self._hello()
        except LOST as error:
            self.cause = _words(error)
        else:
            self.lost = False

    def _beat(self) -> Order:
        self._beat_at = monotonic() + BEAT_S
        return (BEAT, _ALIVE_MS)

    def _lose(self, words: str) -> None:
        self.lost, self.cause = True, words
        error = LimiterUnavailable(f"Redis can't be asked for limits: {words}.")
        waiting, self._waiting = self._waiting, []
        self._leaving.clear()
        for errand in waiting:
            errand.fail(error)
        self._tell_lost(error)


def _unavailable(error: BaseException) -> LimiterUnavailable:
    return LimiterUnavailable(f"Redis can't be asked for limits: {_words(error)}.")


def _words(error: BaseException) -> str:
    """Redis' own, which name the host and never the password."""
    if isinstance(error, TimeoutError | RedisTimeout):
        return f"no answer within {TIMEOUT_S:g} seconds"
    return str(error).rstrip(".") or type(error).__name__
