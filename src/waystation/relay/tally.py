"""What happened to a call so far: the one mutable value of its way, written by its one coroutine."""

from collections.abc import Callable

from waystation.relay.meter import Bill
from waystation.routing.route import Route
from waystation.vendors.vendor import Fault
from waystation.wire.catalogue import Price, UpstreamKey
from waystation.wire.errors import UpstreamError
from waystation.wire.estimate import Weight
from waystation.wire.record import Attempt, CallRecord
from waystation.wire.usage import Heard


class Tally:
    """Waits are monotonic seconds spent on the other side: what is left of the whole is our own time."""

    __slots__ = (
        "answered_at",
        "attempts",
        "bill",
        "delivered",
        "finish_reasons",
        "heard",
        "held_nanos",
        "key_fingerprint",
        "monotonic",
        "price",
        "record",
        "response_model",
        "route",
        "waited_s",
    )

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self.monotonic = monotonic
        self.price: Price | None = None
        self.held_nanos = 0
        self.bill: Bill | None = None
        self.record: CallRecord | None = None
        self.attempts: tuple[Attempt, ...] = ()
        self.route: Route | None = None
        self.key_fingerprint: str | None = None
        self.response_model: str | None = None
        self.finish_reasons: tuple[str, ...] = ()
        self.heard: Heard | None = None
        self.delivered: Weight | None = None  # None: no answer has begun, so nothing is owed
        self.answered_at: float | None = None
        self.waited_s = 0.0

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
            self.route, self.key_fingerprint, self.answered_at = route, key.fingerprint, now
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
