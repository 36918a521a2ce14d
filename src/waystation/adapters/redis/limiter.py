"""`ports.Limiter` for many gateways. The counts are in Redis; here is what this gateway's calls hold of them."""

import asyncio
from contextlib import suppress
from typing import Final

from waystation.adapters.redis.address import RedisAddress
from waystation.adapters.redis.limits import Limits
from waystation.adapters.redis.line import Line
from waystation.adapters.redis.visit import RedisPass, RedisQueued, Visit
from waystation.ports import Waiting
from waystation.wire.errors import LimiterUnavailable
from waystation.wire.limit import Bound, Bounds, EntryOrder, Limited

PACKED_MAX: Final = 20_000  # some 10 MB

# Who is first in a queue is told when it's its turn; should the word get lost, it asks by itself.
POLL_S: Final = 0.5


class RedisLimiter:
    """Between `start` and `aclose`. `gate` is a name that no other process has, now or later, without a blank."""

    def __init__(self, address: RedisAddress, gate: str) -> None:
        self._gate = gate
        self._packed: dict[Bounds, Limits] = {}
        self._bounds: dict[str, Bound] = {}  # by id, as the newest catalogue has them
        self._held: dict[str, int] = {}  # by limit
        self._waiting: dict[str, Visit] = {}  # by name, the first in first
        self._count = 0
        self._polling: asyncio.Task[None] | None = None
        self.line = Line(address, gate, self._holds, self._lose)

    async def start(self) -> None:
        """Lost, and not an error, if Redis does not answer."""
        await self.line.start()
        self._polling = asyncio.create_task(self._poll(), name="waystation-redis-queues")

    async def aclose(self) -> None:
        if self._polling is not None:
            self._polling.cancel()
            with suppress(asyncio.CancelledError):
                await self._polling
        await self.line.aclose()

    @property
    def waiting(self) -> int:
        """How many calls of this gateway wait in queues."""
        return len(self._waiting)

    async def enter(self, order: EntryOrder) -> RedisPass | Limited | Waiting:
        limits = self._packed.get(order.bounds) or self._pack(order.bounds)
        self._count += 1
        visit = Visit(self, limits, order.tokens, f"{self._gate} {self._count}")
        self.line.send(visit)
        try:
            answer = await visit.future
        except asyncio.CancelledError:
            visit.leave()
            raise
        return Waiting(RedisQueued(visit)) if answer is None else answer

    def wake(self, number: str) -> None:
        """Redis says that it's somebody's turn."""
        visit = self._waiting.get(f"{self._gate} {number}")
        if visit is not None:
            with suppress(LimiterUnavailable):  # it hears of that too
                visit.ask()

    # What visits need of the desk

    def hold(self, limits: Limits) -> None:
        held = self._held
        for id_ in limits.slotted:
            held[id_] = held.get(id_, 0) + 1

    def let_go(self, limits: Limits) -> None:
        held = self._held
        for id_ in limits.slotted:
            left = held[id_] - 1
            if left:
                held[id_] = left
            else:
                del held[id_]

    def newest(self, limits: Limits) -> Limits:
        each = limits.bounds.each
        newest = tuple(self._bounds.get(bound.id, bound) for bound in each)
        return limits if newest == each else Limits(Bounds(newest, limits.metered))

    def await_turn(self, visit: Visit) -> None:
        self._waiting[visit.name] = visit

    def forget(self, visit: Visit) -> None:
        self._waiting.pop(visit.name, None)

    def _holds(self) -> dict[str, int]:
        return self._held

    def _lose(self, error: LimiterUnavailable) -> None:
        for visit in list(self._waiting.values()):
            visit.fail(error)

    def _pack(self, bounds: Bounds) -> Limits:
        if len(self._packed) >= PACKED_MAX:  # most are of catalogues that are no more
            self._packed.clear()
            self._bounds.clear()
        self._bounds |= {bound.id: bound for bound in bounds.each}
        limits = self._packed[bounds] = Limits(bounds)
        return limits

    async def _poll(self) -> None:
        while True:
            await asyncio.sleep(POLL_S)
            first: dict[str, Visit] = {}
            for visit in self._waiting.values():
                first.setdefault(visit.queue, visit)
            for visit in first.values():
                with suppress(LimiterUnavailable):
                    visit.ask()
