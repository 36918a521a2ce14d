"""One call at the limits: it asks, perhaps waits in a queue and asks again when it's told to, and is in or refused."""

import asyncio
from typing import Any, Protocol

from waystation.adapters.redis.limits import ADMITTED, QUEUED, Limits
from waystation.adapters.redis.line import ENTER, LEAVE, QUIT, Line, Order
from waystation.wire.errors import LimiterUnavailable
from waystation.wire.limit import Limited, Rates


class Desk(Protocol):
    """Where a gateway keeps what its calls hold, and who of them waits."""

    line: Line

    def hold(self, limits: Limits) -> None: ...

    def let_go(self, limits: Limits) -> None: ...

    def newest(self, limits: Limits) -> Limits:
        """The same as the newest catalogue has them."""
        ...

    def await_turn(self, visit: "Visit") -> None: ...

    def forget(self, visit: "Visit") -> None: ...


class RedisPass:
    """Implements `ports.Pass`."""

    __slots__ = ("_desk", "_limits", "_reserved", "_tick", "rates")

    def __init__(self, desk: Desk, limits: Limits, tick: int, reserved: int, rates: Rates) -> None:
        self.rates = rates
        self._desk: Desk | None = desk
        self._limits = limits
        self._tick = tick
        self._reserved = reserved

    def leave(self, tokens: int | None) -> None:
        self._end(0, 0 if tokens is None or not self._limits.metered else self._reserved - tokens)

    def undo(self) -> None:
        """It was let in and never heard of it."""
        self._end(1, self._reserved)

    def _end(self, requests: int, tokens: int) -> None:
        desk, self._desk = self._desk, None
        if desk is None:
            return
        limits = self._limits
        desk.let_go(limits)
        if limits.slotted or requests or tokens:
            desk.line.tell((LEAVE, limits.packed, self._tick, requests, tokens))


class Visit:
    """Implements `line.Errand`. `future` has the first answer: None if it waits; then there is a new one, for the last.

    `queue` is the limit in whose queue it is, and `since` its place there, in Redis' time.
    """

    __slots__ = (
        "_again",
        "_asking",
        "_desk",
        "_gone",
        "_last",
        "_tokens",
        "future",
        "limits",
        "name",
        "queue",
        "since",
    )

    def __init__(self, desk: Desk, limits: Limits, tokens: int, name: str) -> None:
        self.limits = limits
        self.name = name
        self.queue = ""
        self.since = 0
        self._desk = desk
        self._tokens = tokens
        self._asking = True
        self._again = self._last = self._gone = False
        self.future: asyncio.Future[RedisPass | Limited | None] = asyncio.get_running_loop().create_future()

    @property
    def order(self) -> Order:
        return (ENTER, self.limits.packed, self._tokens, self.name, self.since, self.queue, not self._last)

    @property
    def wanted(self) -> bool:
        """Who was in a queue must hear whether it has just been let in."""
        return bool(self.since) or not self.future.done()

    def ask(self, *, last: bool = False) -> None:
        """Is it its turn? `last`: it does not wait any longer. Raises: LimiterUnavailable."""
        self._last = self._last or last
        if self._asking:
            self._again = True
        else:
            self._asking, self._again = True, False
            self.limits = self._desk.newest(self.limits)
            self._desk.line.send(self)

    def land(self, answer: list[Any]) -> None:
        self._asking = False
        if answer[0] == QUEUED:
            self._wait(answer)
            return
        self._desk.forget(self)
        outcome: RedisPass | Limited
        if answer[0] == ADMITTED:
            self._desk.hold(self.limits)
            outcome = RedisPass(self._desk, self.limits, answer[1], self._tokens, self.limits.rates(answer[2]))
        else:
            outcome = self.limits.refused(answer, waited=self._last)
        if not self.future.done():
            self.future.set_result(outcome)
        elif isinstance(outcome, RedisPass):
            outcome.undo()

    def fail(self, error: LimiterUnavailable) -> None:
        self._desk.forget(self)
        if not self.future.done():
            self.future.set_exception(error)
            self.future.exception()  # nobody may be left to hear of it

    def leave(self) -> None:
        """It waits no more. Nothing happens if the outcome is known, unless nobody has heard of it."""
        if self._gone:
            return
        self._gone = True
        self._desk.forget(self)
        if not self.future.done():
            self.future.set_result(None)
            self._quit()
        elif not self.future.cancelled() and self.future.exception() is None:
            outcome = self.future.result()
            if isinstance(outcome, RedisPass):
                outcome.undo()

    def _wait(self, answer: list[Any]) -> None:
        first = not self.since
        self.queue, self.since = self.limits.bounds.each[answer[1]].id, answer[2]
        if self.future.done():
            self._quit()
            return
        if first:
            self.future.set_result(None)
            self.future = asyncio.get_running_loop().create_future()
            self._desk.await_turn(self)
        elif self._again:
            self.ask()

    def _quit(self) -> None:
        if not self._asking and self.since:
            self._desk.line.tell((QUIT, self.queue, self.name, self.limits.slots(self.queue)))


class RedisQueued:
    """Implements `ports.Queued`."""

    __slots__ = ("_left", "_told", "_visit")

    def __init__(self, visit: Visit) -> None:
        self._visit = visit
        self._told = self._left = False

    async def outcome(self) -> RedisPass | Limited | None:
        visit = self._visit
        limit = next(one.limit for one in visit.limits.bounds.each if one.id == visit.queue)
        timer = asyncio.get_running_loop().call_later(limit.queue_s, self._give_up)
        try:
            answer = await visit.future
        except BaseException:
            self.leave()
            raise
        finally:
            timer.cancel()
        self._told = True
        return None if self._left else answer

    def leave(self) -> None:
        """Also if it has just been let in, and has not come to hear of it."""
        if not self._told:
            self._left = True
            self._visit.leave()

    def _give_up(self) -> None:
        try:
            self._visit.ask(last=True)
        except LimiterUnavailable as error:
            self._visit.fail(error)
