"""`ports.Limiter` in this process. Nothing is kept: after a restart the windows are empty.

Everything between two waits is done in one go, so no call ever sees half of another's reservation. A queue is served
first in, first out, when a slot of its limit is free; who finds the slots of another limit taken then goes on to wait
there, in the order in which all came. No slot is free while somebody waits for it, so nobody gets past a queue.
"""

import asyncio
from bisect import insort
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from waystation.limits.chain import Chain, Full, worst
from waystation.limits.gauge import TICK_MS, Gauge
from waystation.ports import Waiting
from waystation.wire.limit import Bound, Bounds, EntryOrder, Limited, Rates

CHAINS_MAX: Final = 20_000  # about 10 MB
TICKS_PER_S: Final = 1000 // TICK_MS


class MemoryLimiter:
    """`monotonic` gives seconds."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._gauges: dict[str, Gauge] = {}
        self._chains: dict[Bounds, Chain] = {}
        self._queues: dict[Gauge, list[_Waiter]] = {}  # the first in first; only those in which somebody waits
        self._count = 0

    @property
    def waiting(self) -> int:
        """How many calls wait in queues."""
        return sum(map(len, self._queues.values()))

    async def enter(self, order: EntryOrder) -> "MemoryPass | Limited | Waiting":
        chain = self._chains.get(order.bounds) or self._chain(order.bounds)
        tokens, tick = order.tokens, self._tick()
        if chain.take(tokens, tick):
            return MemoryPass(self, chain, tick, tokens, chain.rates())
        full = chain.full(tokens, tick)
        room = self._room(full)
        if room is None:
            return chain.refused(worst(full))
        return Waiting(self._queue(chain, tokens, room))

    def leave(self, chain: Chain, taken_at: int, reserved: int, used: int) -> None:
        chain.leave(taken_at, reserved, used, self._tick())
        if self._queues:
            self._serve(chain)

    def undo(self, chain: Chain, taken_at: int, tokens: int) -> None:
        chain.undo(taken_at, tokens)
        if self._queues:
            self._serve(chain)

    def drop(self, waiter: "_Waiter") -> None:
        """It waits no more."""
        queue = self._queues.get(waiter.gauge)
        if queue is not None and waiter in queue:
            queue.remove(waiter)
            if not queue:
                del self._queues[waiter.gauge]

    def _tick(self) -> int:
        return int(self._monotonic() * TICKS_PER_S)

    def _chain(self, bounds: Bounds) -> Chain:
        """As the newest catalogue has it: a limit that was changed counts on from what was taken."""
        if len(self._chains) >= CHAINS_MAX:
            self._forget()
        tick = self._tick()
        chain = Chain(tuple(self._gauge(bound, tick) for bound in bounds.each), metered=bounds.metered)
        self._chains[bounds] = chain
        if self._queues:  # there may be more slots than before
            self._serve(chain)
        return chain

    def _gauge(self, bound: Bound, tick: int) -> Gauge:
        gauge = self._gauges.get(bound.id)
        if gauge is None:
            gauge = self._gauges[bound.id] = Gauge(bound, tick)
        elif gauge.bound != bound:
            gauge.change(bound)
        return gauge

    def _forget(self) -> None:
        """Chains of catalogues that are no more; and gauges that nobody would miss."""
        self._chains.clear()
        tick = self._tick()
        for gauge in self._gauges.values():
            gauge.roll(tick)
        self._gauges = {id_: gauge for id_, gauge in self._gauges.items() if not gauge.idle}

    def _room(self, full: list[Full]) -> Gauge | None:
        """Where a call may wait that only slots refuse: each of those limits must have room in its queue."""
        for one in full:
            queue = one.gauge.bound.limit.queue
            if one.kind != "concurrency" or len(self._queues.get(one.gauge, ())) >= queue:
                return None
        return full[0].gauge

    def _queue(self, chain: Chain, tokens: int, gauge: Gauge) -> "MemoryQueued":
        self._count += 1
        waiter = _Waiter(self._count, chain, tokens, gauge, asyncio.get_running_loop().create_future())
        self._queues.setdefault(gauge, []).append(waiter)
        return MemoryQueued(self, waiter)

    def _serve(self, chain: Chain) -> None:
        for gauge in chain.gauges:
            while gauge.slots > 0 and (queue := self._queues.get(gauge)):
                waiter = queue[0]
                self.drop(waiter)
                if not waiter.outcome.done():  # cancelled, and not yet heard of it
                    self._try(waiter)

    def _try(self, waiter: "_Waiter") -> None:
        """Let it in; or on to the next queue; or refuse it."""
        chain, tokens, tick = waiter.chain, waiter.tokens, self._tick()
        if chain.take(tokens, tick):
            waiter.outcome.set_result(MemoryPass(self, chain, tick, tokens, chain.rates()))
            return
        full = chain.full(tokens, tick)
        room = self._room(full)
        if room is None:
            waiter.outcome.set_result(chain.refused(worst(full)))
            return
        waiter.gauge = room
        insort(self._queues.setdefault(room, []), waiter, key=lambda one: one.number)


class MemoryPass:
    """Implements `ports.Pass`."""

    __slots__ = ("_chain", "_limiter", "_reserved", "_taken_at", "rates")

    def __init__(self, limiter: MemoryLimiter, chain: Chain, taken_at: int, reserved: int, rates: Rates) -> None:
        self.rates = rates
        self._limiter = limiter
        self._chain: Chain | None = chain
        self._taken_at = taken_at
        self._reserved = reserved

    def leave(self, tokens: int | None) -> None:
        chain, self._chain = self._chain, None
        if chain is not None:
            used = self._reserved if tokens is None or not chain.metered else tokens
            self._limiter.leave(chain, self._taken_at, self._reserved, used)

    def undo(self) -> None:
        """It was let in and never heard of it."""
        chain, self._chain = self._chain, None
        if chain is not None:
            self._limiter.undo(chain, self._taken_at, self._reserved)


@dataclass(slots=True, eq=False)
class _Waiter:
    """`number` is its place among all who ever waited; `outcome` is None if it has left."""

    number: int
    chain: Chain
    tokens: int
    gauge: Gauge
    outcome: asyncio.Future[MemoryPass | Limited | None] = field(repr=False)


class MemoryQueued:
    """Implements `ports.Queued`."""

    __slots__ = ("_gone", "_limiter", "_told", "_waiter")

    def __init__(self, limiter: MemoryLimiter, waiter: _Waiter) -> None:
        self._limiter = limiter
        self._waiter = waiter
        self._gone = self._told = False

    async def outcome(self) -> MemoryPass | Limited | None:
        waiter = self._waiter
        wait_s = waiter.gauge.bound.limit.queue_s
        timer = asyncio.get_running_loop().call_later(wait_s, self._give_up)
        try:
            answer = await waiter.outcome
        except BaseException:
            self.leave()
            raise
        finally:
            timer.cancel()
        self._told = True
        return None if self._gone else answer

    def leave(self) -> None:
        """Also if it has just been let in, and has not come to hear of it."""
        if self._told or self._gone:
            return
        self._gone = True
        self._limiter.drop(self._waiter)
        outcome = self._waiter.outcome
        if not outcome.done():
            outcome.set_result(None)
        elif not outcome.cancelled():
            answer = outcome.result()
            if isinstance(answer, MemoryPass):
                answer.undo()

    def _give_up(self) -> None:
        waiter = self._waiter
        if not waiter.outcome.done():
            self._limiter.drop(waiter)
            refused = waiter.chain.refused(Full(waiter.gauge, "concurrency", 0), waited=True)
            waiter.outcome.set_result(refused)
