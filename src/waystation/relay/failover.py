"""From key to key and route to route until an answer is good: nothing has reached the caller, so a retry is free."""

import logging
from math import inf
from typing import Final

from waystation.keys.pool import Lease
from waystation.ports import Clock
from waystation.relay.attempt import Answer, Attempter, Declined
from waystation.relay.call import Call, Reply
from waystation.relay.crossing import Crossing, tap
from waystation.relay.fallback import others_of
from waystation.relay.patience import Patience, ready_in_s
from waystation.relay.tally import Tally
from waystation.routing.route import Route
from waystation.routing.strategy import Plan
from waystation.vendors.rate_headers import spent, spent_s
from waystation.vendors.retry_after import retry_after_s
from waystation.vendors.vendor import Blame, Fault, Refusal
from waystation.wire.errors import (
    CallerError,
    DeadlineExceeded,
    LinkRefused,
    NoRoute,
    Unsayable,
    UpstreamError,
    VendorFailure,
    VendorRefusal,
    WaystationError,
)

log = logging.getLogger(__name__)

_BUSY: Final = Blame(Fault.BUSY)


class _NoneLeft(Exception):
    """Nothing was left to try. `last` is what failed, if anything was tried."""

    def __init__(self, last: UpstreamError | None) -> None:
        self.last = last


class Failover:
    __slots__ = ("_attempter", "_attempts_max", "_clock", "_crossing", "_patience")

    def __init__(
        self, attempter: Attempter, crossing: Crossing, patience: Patience, clock: Clock, *, attempts_max: int
    ) -> None:
        self._attempter = attempter
        self._crossing = crossing
        self._patience = patience
        self._clock = clock
        self._attempts_max = attempts_max

    async def answer(
        self,
        call: Call,
        plan: Plan,
        tally: Tally,
        reply: Reply,
        last: UpstreamError | None = None,
        *,
        again: bool = False,
        riding: bool = False,
        insisting: bool = False,
    ) -> Answer:
        """The first good answer. `last` is what failed before, `again`: this is not the first round.

        `riding`: it goes beside calls that probe a key. `insisting`: open breakers count no more.
        Raises: VendorRefusal or another CallerError if the request itself is at fault; else the last UpstreamError,
        or NoRoute with the seconds until a key is ready again; DeadlineExceeded, CallerGone.
        """
        if not again and self._patience.lines.open and self._patience.others_wait(call):
            return await self._later(call, plan, tally, reply, last)
        unsayable: CallerError | None = None
        left: Plan = ()
        for route in plan:
            breaker = route.breaker
            passable = (breaker is None or breaker.closed) and route.load is tally.load  # as most are
            if not passable and not self._enters(call, route, tally, insisting=insisting):
                left += (route,)
                continue
            try:
                bridge = tap(call, route) or await self._crossing.bridge(call, route)
            except (Unsayable, LinkRefused) as error:  # another route may speak a language that can say it
                unsayable = error
                tally.leave(route, "what the call says can't be said there")
                continue
            used: set[str] = set()
            while (lease := self._lease(call, route, used, tally, riding)) is not None:
                used.add(lease.key.id)
                began = tally.monotonic()
                try:
                    answer = await self._attempter.run(call, route, bridge, lease, began, tally)
                except UpstreamError as error:
                    last = error
                    blame = _blame(route, error)
                    tally.note(route, lease.key, began, fault=blame.fault, error=error)
                    self._learn(call, route, lease, blame, error, tally)
                    if blame.fault is not Fault.KEY or len(used) >= self._share(plan):
                        break
                else:
                    tally.note(route, lease.key, began)
                    self._praise(call, route, lease, tally)
                    tally.losses, tally.vendor_dialect = bridge.losses, bridge.vendor.dialect
                    return answer
            tally.leave(route, None if used else "no key of its is ready")
        return await self._rest(call, plan, left, tally, reply, last, unsayable, again=again)

    def _enters(self, call: Call, route: Route, tally: Tally, *, insisting: bool) -> bool:
        """Whether the route's breaker lets the call try it."""
        breaker = route.breaker
        if breaker is not None and not breaker.closed:
            tally.probe = breaker.enter(self._clock.monotonic())
            if tally.probe is None and not insisting and call.pin is None:
                tally.leave(route, "its breaker is open")
                return False
        if route.load is not tally.load:
            tally.bear(route.load)
        return True

    async def _rest(
        self,
        call: Call,
        plan: Plan,
        left: Plan,
        tally: Tally,
        reply: Reply,
        last: UpstreamError | None,
        unsayable: CallerError | None,
        *,
        again: bool,
    ) -> Answer:
        """What can be done when the plan has come to nothing. `left` of it are those whose breakers are open."""
        if left:
            try:
                return await self.answer(call, left, tally, reply, last, again=True, insisting=True)
            except _NoneLeft as none:
                last = none.last
        if unsayable is not None and last is None:
            raise unsayable
        if again:
            raise _NoneLeft(last)
        return await self._later(call, plan, tally, reply, last)

    async def _later(self, call: Call, plan: Plan, tally: Tally, reply: Reply, last: UpstreamError | None) -> Answer:
        """Wait until a key is ready, in turn with others; the last resort is to go beside a probe.

        Where another model may be asked, that is the better resort.
        """
        if others_of(call):
            raise self._exhausted(call, plan, last)
        stay, well = self._patience.stay(call, tally, reply), None
        try:
            while (left := self._left(plan, tally)) and await stay.turn(left):
                try:
                    answer = await self.answer(call, left, tally, reply, last, again=True)
                except _NoneLeft as none:
                    last = none.last
                else:
                    well = True
                    return answer
        finally:
            stay.end(well=well)
        if call.pin is None and left:
            try:
                return await self.answer(call, left, tally, reply, last, again=True, riding=True, insisting=True)
            except _NoneLeft as none:
                last = none.last
        raise self._exhausted(call, plan, last)

    def _share(self, plan: Plan) -> int:
        """How many keys of one route are tried in a row: where a vendor refuses all of hundreds, others are left some
        of the attempts.
        """
        return max(1, self._attempts_max // len(plan))

    def _left(self, plan: Plan, tally: Tally) -> Plan:
        return _not_failed(plan, tally) if len(tally.attempts) - tally.earlier < self._attempts_max else ()

    def _lease(self, call: Call, route: Route, used: set[str], tally: Tally, riding: bool) -> Lease | None:
        now = self._clock.monotonic()
        if len(tally.attempts) - tally.earlier >= self._attempts_max or now >= call.deadline:
            return None
        pool = call.board.pools[route.upstream.id]
        if call.pin is not None:
            lease = pool.lease_of(call.pin.key_fingerprint, route.model, now, used)
        elif pool.counts_tokens:
            lease = pool.lease(route.model, now, used, *call.expected_tokens, riding=riding)
        else:
            lease = pool.lease(route.model, now, used, riding=riding)
        tally.lease = lease
        return lease

    def _praise(self, call: Call, route: Route, lease: Lease, tally: Tally) -> None:
        """The key is good, and rests if the vendor says that nothing is left of its limit."""
        now = self._clock.monotonic()
        lease.succeed(now)
        if route.breaker is not None:
            route.breaker.answered(now)
        if call.ask.stream:
            route.statistics.hear(now, now - tally.asked_at)
        if spent(tally.vendor_headers):
            wait_s = spent_s(tally.vendor_headers, self._clock.now())
            if wait_s:
                lease.fail("limited", now, wait_s, "nothing is left of the vendor's limit")

    def _learn(self, call: Call, route: Route, lease: Lease, blame: Blame, error: UpstreamError, tally: Tally) -> None:
        """Count it, and bench the key if it was the key's fault. Raises: VendorRefusal if it was the caller's."""
        lease.end(0)
        now = tally.monotonic()
        if blame.fault is Fault.CALLER and isinstance(error, Declined):
            if route.breaker is not None:
                route.breaker.answered(now)
            raise _refusal(error) from error
        if blame.fault is not Fault.CALLER and not call.overdue(now):
            route.statistics.fail(now, limited=blame.key == "limited")
            if route.breaker is not None and blame.fault is not Fault.KEY and blame.key == "ready":
                route.breaker.failed(now, str(error))
        log.warning(
            "attempt failed",
            extra={"call_id": call.call_id, "upstream": route.upstream.name, "fault": blame.fault, "error": str(error)},
        )
        if blame.key != "ready":
            told_s = self._told_s(error, tally) if blame.key == "limited" else None
            lease.fail(blame.key, self._clock.monotonic(), told_s, str(error))

    def _told_s(self, error: UpstreamError, tally: Tally) -> float | None:
        if not isinstance(error, Declined):
            return None
        now = self._clock.now()
        told_s = retry_after_s(error.retry_after, now=now, milliseconds=error.retry_after_ms)
        return spent_s(tally.vendor_headers, now) if told_s is None else told_s

    def _exhausted(self, call: Call, plan: Plan, last: UpstreamError | None) -> WaystationError:
        now = self._clock.monotonic()
        if last is None and call.overdue(now):
            return DeadlineExceeded("The call's time was up before an upstream could be asked: give it more.")
        wait_s = ready_in_s(call, plan, now)
        if last is not None and not (isinstance(last, (Declined, VendorFailure)) and wait_s > 0):
            return last
        return NoRoute("every route is benched", retry_after_s=1.0 if wait_s == inf else max(1.0, wait_s))


def _not_failed(plan: Plan, tally: Tally) -> Plan:
    """The routes that were never tried, or of which only keys have failed."""
    failed = {(attempt.upstream, attempt.model) for attempt in tally.attempts if attempt.fault is not Fault.KEY}
    return tuple(route for route in plan if (route.upstream.name, route.model) not in failed)


def _blame(route: Route, error: UpstreamError) -> Blame:
    """A key is not suspected for a model whose name the caller may have made up: it is barred from that one alone."""
    if isinstance(error, Declined):
        blame = route.vendor.blame(error.refusal)
    elif isinstance(error, VendorFailure):
        blame = route.vendor.blame(Refusal(200, error.vendor_code, error.vendor_type))
    else:
        return _BUSY
    return Blame(blame.fault, "barred") if route.made and blame.key == "suspect" else blame


def _refusal(error: Declined) -> VendorRefusal:
    return VendorRefusal(
        error.complaint.message or "The model's vendor refused the request.",
        status=error.refusal.status,
        type_=error.complaint.type or "invalid_request_error",
        code=error.complaint.code,
        param=error.complaint.param,
    )
