"""From key to key and route to route until an answer is good: nothing has reached the caller, so a retry is free."""

import logging
from typing import Final

from waystation.keys.pool import Lease
from waystation.ports import Clock
from waystation.relay.attempt import Answer, Attempter, Declined
from waystation.relay.call import Call
from waystation.relay.crossing import Crossing, tap
from waystation.relay.tally import Tally
from waystation.routing.route import Route
from waystation.routing.strategy import Plan
from waystation.vendors.retry_after import retry_after_s
from waystation.vendors.vendor import Blame, Fault, Refusal
from waystation.wire.errors import (
    CallerError,
    LinkRefused,
    NoRoute,
    Unsayable,
    UpstreamError,
    VendorFailure,
    VendorRefusal,
)

log = logging.getLogger(__name__)

_BUSY: Final = Blame(Fault.BUSY)


class Failover:
    __slots__ = ("_attempter", "_attempts_max", "_clock", "_crossing")

    def __init__(self, attempter: Attempter, crossing: Crossing, clock: Clock, *, attempts_max: int) -> None:
        self._attempter = attempter
        self._crossing = crossing
        self._clock = clock
        self._attempts_max = attempts_max

    async def answer(self, call: Call, plan: Plan, tally: Tally) -> Answer:
        """The first good answer.

        Raises: VendorRefusal or another CallerError if the request itself is at fault; else the last UpstreamError,
        or NoRoute with the seconds until a key is ready again.
        """
        last: UpstreamError | None = None
        unsayable: CallerError | None = None
        for route in plan:
            try:
                bridge = tap(call, route) or await self._crossing.bridge(call, route)
            except (Unsayable, LinkRefused) as error:  # another route may speak a language that can say it
                unsayable = error
                continue
            used: set[str] = set()
            while (lease := self._lease(call, route, used, tally)) is not None:
                used.add(lease.key.id)
                began = tally.monotonic()
                try:
                    answer = await self._attempter.run(call, route, bridge, lease, began, tally)
                except UpstreamError as error:
                    last = error
                    blame = _blame(route, error)
                    tally.note(route, lease.key, began, fault=blame.fault, error=error)
                    self._learn(call, route, lease, blame, error)
                    if blame.fault is not Fault.KEY:
                        break
                else:
                    lease.health.succeed()
                    tally.note(route, lease.key, began)
                    tally.losses, tally.vendor_dialect = bridge.losses, bridge.vendor.dialect
                    return answer
        if unsayable is not None and last is None:
            raise unsayable
        raise self._exhausted(call, plan, last)

    def _lease(self, call: Call, route: Route, used: set[str], tally: Tally) -> Lease | None:
        now = self._clock.monotonic()
        if len(tally.attempts) >= self._attempts_max or now >= call.deadline:
            return None
        pool = call.board.pools[route.upstream.id]
        return pool.lease(now, used) if call.pin is None else pool.lease_of(call.pin.key_fingerprint, now, used)

    def _learn(self, call: Call, route: Route, lease: Lease, blame: Blame, error: UpstreamError) -> None:
        """Bench the key if it was the key's fault. Raises: VendorRefusal if it was the caller's."""
        if blame.fault is Fault.CALLER and isinstance(error, Declined):
            raise _refusal(error) from error
        log.warning(
            "attempt failed",
            extra={"call_id": call.call_id, "upstream": route.upstream.name, "fault": blame.fault, "error": str(error)},
        )
        if blame.key != "ready":
            rest_s = lease.health.bench(blame.key, now=self._clock.monotonic(), wait_s=self._asked_wait_s(error))
            log.warning("key benched", extra={"key": lease.key.fingerprint, "state": blame.key, "rest_s": rest_s})

    def _asked_wait_s(self, error: UpstreamError) -> float | None:
        if not isinstance(error, Declined):
            return None
        return retry_after_s(error.retry_after, now=self._clock.now(), milliseconds=error.retry_after_ms)

    def _exhausted(self, call: Call, plan: Plan, last: UpstreamError | None) -> UpstreamError:
        now = self._clock.monotonic()
        waits = [call.board.pools[route.upstream.id].ready_in_s(now) for route in plan]
        if last is not None and not (isinstance(last, (Declined, VendorFailure)) and min(waits) > 0):
            return last
        return NoRoute("every route is benched", retry_after_s=max(1.0, min(waits, default=1.0)))


def _blame(route: Route, error: UpstreamError) -> Blame:
    if isinstance(error, Declined):
        return route.vendor.blame(error.refusal)
    if isinstance(error, VendorFailure):
        return route.vendor.blame(Refusal(200, error.vendor_code, error.vendor_type))
    return _BUSY


def _refusal(error: Declined) -> VendorRefusal:
    return VendorRefusal(
        error.complaint.message or "The model's vendor refused the request.",
        status=error.refusal.status,
        type_=error.complaint.type or "invalid_request_error",
        code=error.complaint.code,
        param=error.complaint.param,
    )
