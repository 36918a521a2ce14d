"""Circuit breakers: an upstream's model of which too much fails is passed over, until one call finds it well again.

One for each (upstream, model), whatever the model is called in public. It never forbids: calls that have nothing else
left are tried all the same. Rate limits, keys and callers' faults are no business of its.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Final, Literal, NamedTuple

from waystation.wire.catalogue import Upstream
from waystation.wire.routing import BreakerSettings

State = Literal["closed", "open", "half_open"]

_GROWTH: Final = 2.0
_JITTER: Final = 0.25  # of the back-off at most, either way: or many nodes would probe at the same moment
_DOUBLINGS_MAX: Final = 32
DEFAULT: Final = BreakerSettings()


class Change(NamedTuple):
    """`rest_s`: how long until it is tried again, 0 where it is in use."""

    upstream: str
    model: str
    before: State
    after: State
    cause: str
    rest_s: float


class Breaker:
    """`closed` means in use. `until` (monotonic) is when an open one may be probed, `cause` why it came to its state.

    Attempts are counted in two halves of a window: what is told of it is of the last half to whole window.
    """

    __slots__ = (
        "_answered",
        "_draw",
        "_failed",
        "_half_ends",
        "_older",
        "_opened",
        "_probe",
        "_tell",
        "cause",
        "closed",
        "model",
        "settings",
        "state",
        "until",
        "upstream",
    )

    def __init__(
        self,
        upstream: str,
        model: str,
        settings: BreakerSettings,
        draw: Callable[[], float],
        tell: Callable[[Change], None],
    ) -> None:
        self.upstream = upstream
        self.model = model
        self.settings = settings
        self.closed = True
        self.state: State = "closed"
        self.until = 0.0
        self.cause = ""
        self._draw = draw
        self._tell = tell
        self._probe: Probe | None = None
        self._opened = 0  # times in a row
        self._answered = self._failed = 0
        self._older = (0, 0)
        self._half_ends = float("-inf")

    def answered(self, now: float) -> None:
        """An attempt has a good first byte, or was refused by the caller's own fault: the upstream works."""
        if not self.closed:
            self._close("an attempt was answered")
        if now >= self._half_ends:
            self._turn(now)
        self._answered += 1

    def failed(self, now: float, cause: str) -> None:
        if now >= self._half_ends:
            self._turn(now)
        self._failed += 1
        if self.state == "half_open":
            self._open(now, f"the probe failed: {cause}")
        elif self.closed:
            answered, failed = self.counts()
            attempts, settings = answered + failed, self.settings
            if attempts >= settings.attempts_min and failed * 100 >= attempts * settings.failed_percent:
                share = f"{failed} of {attempts} attempts failed within {settings.window_s:g} s"
                self._open(now, f"{share}, the last by: {cause}")

    def broke_off(self, now: float, cause: str) -> None:
        """An answer that was counted as good broke off."""
        if now >= self._half_ends:
            self._turn(now)
        if self._answered:
            self._answered -= 1
        self.failed(now, cause)

    def counts(self) -> tuple[int, int]:
        """Attempts answered and failed, of about the last window."""
        answered, failed = self._older
        return self._answered + answered, self._failed + failed

    def enter(self, now: float) -> "Probe | None":
        """One that is not closed may be tried if this gives a probe: it's time, and nobody else is at it."""
        if self.closed or self._probe is not None or now < self.until:
            return None
        self._probe = Probe(self, now)
        self._change("half_open", "its back-off is over", 0.0)
        return self._probe

    def due(self, now: float) -> bool:
        """Whether `enter` would give a probe."""
        return not self.closed and self._probe is None and now >= self.until

    def give_up(self, probe: "Probe") -> None:
        """Nothing came of that probe, neither good nor bad, so the next one need not wait for longer than it did."""
        if self._probe is probe:
            self._probe = None
            self.until = probe.began + self.settings.backoff_s
            self._change("open", "nothing came of the probe", self.settings.backoff_s)

    def _open(self, now: float, cause: str) -> None:
        settings, self._probe = self.settings, None
        grown = settings.backoff_s * _GROWTH ** min(self._opened, _DOUBLINGS_MAX)
        rest_s = min(grown, settings.backoff_max_s) * (1 + _JITTER * (2 * self._draw() - 1))
        self._opened += 1
        self.closed, self.until = False, now + rest_s
        self._change("open", cause, rest_s)

    def _close(self, cause: str) -> None:
        """What was counted before says nothing of what it is now."""
        self.closed, self._probe, self._opened = True, None, 0
        self._answered, self._failed, self._older = 0, 0, (0, 0)
        self._change("closed", cause, 0.0)

    def _change(self, state: State, cause: str, rest_s: float) -> None:
        before, self.state, self.cause = self.state, state, cause
        self._tell(Change(self.upstream, self.model, before, state, cause, rest_s))

    def _turn(self, now: float) -> None:
        half_s = self.settings.window_s / 2
        fresh = now < self._half_ends + half_s  # else the half before has passed as well, and nothing was in it
        self._older = (self._answered, self._failed) if fresh else (0, 0)
        self._answered = self._failed = 0
        self._half_ends = now + half_s


class Probe:
    """One call's leave to try what is open. `began` is monotonic."""

    __slots__ = ("_breaker", "began")

    def __init__(self, breaker: Breaker, began: float) -> None:
        self._breaker = breaker
        self.began = began

    def end(self) -> None:
        """Nothing happens if it is known what came of it."""
        self._breaker.give_up(self)


class Breakers:
    """All of them; they outlive the catalogue's revisions. `tell` hears of every change."""

    __slots__ = ("_draw", "_known", "_tell")

    def __init__(self, draw: Callable[[], float], tell: Callable[[Change], None]) -> None:
        self._draw = draw
        self._tell = tell
        self._known: dict[tuple[str, str], Breaker] = {}

    def of(self, upstream: Upstream, model: str) -> Breaker | None:
        """None where the operator wants none."""
        settings = upstream.breaker or DEFAULT
        if not settings.enabled:
            return None
        key = (upstream.id, model)
        breaker = self._known.get(key)
        if breaker is None:
            breaker = self._known[key] = Breaker(upstream.name, model, settings, self._draw, self._tell)
        breaker.upstream, breaker.settings = upstream.name, settings
        return breaker

    def keep(self, wanted: Iterable[tuple[str, str]]) -> None:
        """Those of these upstreams' ids and models; the others are forgotten."""
        self._known = {key: self._known[key] for key in wanted if key in self._known}

    def all(self) -> Mapping[tuple[str, str], Breaker]:
        return self._known
