"""What happened to a call so far: the one mutable value of its way, written by its one coroutine."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import msgspec

from waystation.keys.pool import Lease
from waystation.relay.meter import Bill
from waystation.routing.breaker import Probe
from waystation.routing.load import Load
from waystation.routing.route import Route
from waystation.vendors.vendor import Fault
from waystation.wire.catalogue import UpstreamKey
from waystation.wire.dialect import Dialect
from waystation.wire.errors import UpstreamError
from waystation.wire.estimate import Weight
from waystation.wire.loss import Loss
from waystation.wire.price import Price
from waystation.wire.record import Attempt, CallRecord
from waystation.wire.usage import Heard
from waystation.wire.wish import Sort


class Hedged(NamedTuple):
    """An attempt that was cut off, since another one was answered first."""

    route: Route
    key_fingerprint: str
    duration_ms: int


class Tally(msgspec.Struct):
    """Waits are monotonic seconds spent on the other side: what is left of the whole is our own time.

    `delivered` is None until an answer has begun: nothing is owed then. `started`: the caller has seen a status, 200.
    `basis` is the JSON of `record`, if the bill rests on all of it. `lease` is the last one, `vendor_headers` those
    of the last answer. `asked_at`: when the attempt that answered began. `load` is where the call counts as under way,
    `probe` its leave to try a route that others pass over. `passed_over`: upstreams, their models, and why it was not
    tried there. `model`: the public one that the call is held for, if that was not the name asked. `earlier`: how many
    of the attempts were for other models, before it. `sort`: the order that the caller wished for.
    """

    monotonic: Callable[[], float]
    price: Price | None = None
    held_nanos: int = 0
    bill: Bill | None = None
    record: CallRecord | None = None
    basis: bytes | None = None
    attempts: tuple[Attempt, ...] = ()
    route: Route | None = None
    key_fingerprint: str | None = None
    vendor_request_id: str | None = None
    response_model: str | None = None
    finish_reasons: tuple[str, ...] = ()
    heard: Heard | None = None
    delivered: Weight | None = None
    answered_at: float | None = None
    asked_at: float = 0.0
    started: bool = False
    waited_s: float = 0.0
    vendor_dialect: Dialect | None = None
    losses: tuple[Loss, ...] = ()
    lease: Lease | None = None
    vendor_headers: Sequence[tuple[bytes, bytes]] = ()
    load: Load | None = None
    probe: Probe | None = None
    passed_over: tuple[tuple[str, str, str], ...] = ()
    model: str | None = None
    earlier: int = 0
    sort: Sort | None = None
    hedged: tuple[Hedged, ...] = ()

    def leave(self, route: Route, why: str | None) -> None:
        """On to the next route. `why`: it was not even tried here."""
        self.end_probe()
        told = None if why is None else (route.upstream.name, route.model, why)
        if told is not None and told not in self.passed_over:  # a call that waits for keys comes here again and again
            self.passed_over += (told,)

    def end_probe(self) -> None:
        if self.probe is not None:
            self.probe.end()
            self.probe = None

    def bear(self, load: Load | None) -> None:
        """The call counts there from now on, and nowhere else."""
        if self.load is not None:
            self.load.end()
        self.load = load
        if load is not None:
            load.begin()

    def give_back(self) -> None:
        """End the lease of the last attempt, with what the call took, and all that counts it as under way."""
        if self.load is not None:
            self.bear(None)
        if self.probe is not None:
            self.probe.end()
        lease = self.lease
        if lease is not None and (lease.quotas or lease.probes):  # most have nothing to give back
            usage = None if self.bill is None else self.bill.usage
            lease.end(None if usage is None else (usage.input_tokens or 0) + (usage.output_tokens or 0))

    def note(
        self,
        route: Route,
        key: UpstreamKey,
        began: float,
        *,
        fault: Fault | None = None,
        error: UpstreamError | None = None,
    ) -> None:
        """Add an attempt that began at `began` and ends now. Without a fault it is the one that answered."""
        now = self.monotonic()
        if fault is None:
            self.route, self.key_fingerprint, self.answered_at, self.asked_at = route, key.fingerprint, now, began
        self.attempts += (
            Attempt(
                upstream=route.upstream.name,
                key_fingerprint=key.fingerprint,
                model=route.model,
                fault=fault,
                status=200 if error is None else error.vendor_status,
                duration_ms=round((now - began) * 1000),
            ),
        )
