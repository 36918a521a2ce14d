"""A hedged first byte: a stream that is late is asked of the next route as well, and the first good first byte wins.

Only streams: a plain answer's first byte comes with its last, so every long one would be asked for twice.
"""

import asyncio
from typing import Final

from waystation.keys.pool import Lease
from waystation.relay.attempt import Answer, StreamAnswer
from waystation.relay.call import Call, Reply
from waystation.relay.failover import Failover
from waystation.relay.tally import Hedged, Tally
from waystation.routing.strategy import Plan
from waystation.wire.errors import CallerGone, VendorRefusal, WaystationError
from waystation.wire.routing import Routing

# What an attempt leaves on its tally, and the call goes on with.
_OF_THE_ANSWER: Final = (
    "route",
    "key_fingerprint",
    "vendor_request_id",
    "response_model",
    "finish_reasons",
    "heard",
    "delivered",
    "answered_at",
    "asked_at",
    "vendor_dialect",
    "losses",
    "lease",
    "vendor_headers",
    "load",
    "probe",
)


class _Side:
    """One of the two ways that a call is on. It comes to an answer, to an error, or to nothing if it was cancelled."""

    __slots__ = ("began", "error", "plan", "tally", "task", "won")

    def __init__(self, tally: Tally, plan: Plan) -> None:
        self.tally = tally
        self.plan = plan
        self.began = tally.monotonic()
        self.won: Answer | None = None
        self.error: WaystationError | None = None
        self.task: asyncio.Task[None] | None = None

    async def run(self, failover: Failover, call: Call, reply: Reply) -> None:
        try:
            self.won = await failover.answer(call, self.plan, self.tally, reply)
        except WaystationError as error:
            self.error = error

    @property
    def decided(self) -> bool:
        """Whether the other side can't change anything."""
        return self.won is not None or isinstance(self.error, VendorRefusal | CallerGone)


class Hedge:
    __slots__ = ("_failover",)

    def __init__(self, failover: Failover) -> None:
        self._failover = failover

    async def answer(self, call: Call, plan: Plan, tally: Tally, reply: Reply, *, after_s: float) -> Answer:
        """As `Failover.answer`. Both sides' attempts are noted in `tally`, the one that answered last."""
        first = _Side(Tally(tally.monotonic, load=tally.load), plan)
        tally.load = None
        sides = [first]
        try:
            async with asyncio.TaskGroup() as group:
                self._start(group, first, call, reply)
                await _done(sides, after_s)
                others = _others(first)
                if not first.decided and first.error is None and others:
                    sides.append(_Side(Tally(tally.monotonic), others))
                    self._start(group, sides[-1], call, reply)
                while not any(side.decided for side in sides) and not all(side.error for side in sides):
                    await _done([side for side in sides if not side.error], None)
                for side in sides:
                    if side.task is not None:
                        side.task.cancel()
        finally:
            winner = next((side for side in sides if side.won is not None), first)
            for side in sides:
                if side is not winner:
                    _lose(side, tally)
            _take_over(winner, first.began, tally)
        if winner.won is not None:
            return winner.won
        raise next(side.error for side in (*(one for one in sides if one.decided), *sides) if side.error is not None)

    def _start(self, group: asyncio.TaskGroup, side: _Side, call: Call, reply: Reply) -> None:
        side.task = group.create_task(side.run(self._failover, call, reply))


def hedge_s(call: Call, plan: Plan, routing: Routing) -> float | None:
    """After how long without a first byte this call asks another route as well; None: it does not."""
    if routing.hedge_ms is None or not call.ask.stream or call.pin is not None or len(plan) < 2:
        return None
    return routing.hedge_ms / 1000


async def _done(sides: list[_Side], patience_s: float | None) -> None:
    """Until one of them has come to its end, or so many seconds."""
    tasks = [side.task for side in sides if side.task is not None]
    await asyncio.wait(tasks, timeout=patience_s, return_when=asyncio.FIRST_COMPLETED)


def _others(first: _Side) -> Plan:
    """The routes that the first side has not come to; it may come to them later, if the one that it waits for fails."""
    tried = {(attempt.upstream, attempt.model) for attempt in first.tally.attempts}
    lease = first.tally.lease
    if lease is not None:
        tried.add((lease.pool.upstream.name, lease.model))
    return tuple(route for route in first.plan if (route.upstream.name, route.model) not in tried)


def _lose(side: _Side, tally: Tally) -> None:
    """Cut it off, give back what it has, and note what it has done; what it may cost is reckoned with the bill."""
    tally.attempts += side.tally.attempts if side.won is None else side.tally.attempts[:-1]
    tally.passed_over += side.tally.passed_over
    lease = side.tally.lease
    if isinstance(side.won, StreamAnswer):
        side.won.inbound.close()
    if lease is not None and side.error is None and not lease.ended:
        tally.hedged += (_hedged(side, lease),)
        lease.end(None)
    side.tally.give_back()


def _hedged(side: _Side, lease: Lease) -> Hedged:
    route = next(
        route for route in side.plan if (route.upstream.id, route.model) == (lease.pool.upstream.id, lease.model)
    )
    now = side.tally.monotonic()
    route.statistics.hear(now, now - lease.at)  # it would have taken longer, so this much is known
    return Hedged(route, lease.key.fingerprint, round((now - lease.at) * 1000))


def _take_over(side: _Side, began: float, tally: Tally) -> None:
    for name in _OF_THE_ANSWER:
        setattr(tally, name, getattr(side.tally, name))
    tally.attempts += side.tally.attempts
    tally.passed_over += side.tally.passed_over
    tally.waited_s += side.began - began + side.tally.waited_s
