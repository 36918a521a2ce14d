"""All gauges above a call: it takes from every one of them, or from none."""

from math import ceil
from typing import Final, NamedTuple

from waystation.limits.gauge import TICK_MS, WINDOW_TICKS, Gauge
from waystation.wire.limit import Limited, LimitKind, Rates

# Nobody knows when a call will be over.
SLOT_RETRY_S: Final = 1
# A window lasts up to 60.1 seconds, and the SDKs of OpenAI and Anthropic take no notice of a longer wait than 60.
RETRY_MAX_S: Final = 60


class Full(NamedTuple):
    """Why one gauge refuses. `ticks`: how long to wait, None: for ever."""

    gauge: Gauge
    kind: LimitKind
    ticks: int | None


class Chain:
    """The same gauges for every call of a sub-token's and a model. `gauges` are in the order of their bounds."""

    __slots__ = ("gauges", "metered")

    def __init__(self, gauges: tuple[Gauge, ...], *, metered: bool) -> None:
        self.gauges = gauges
        self.metered = metered

    def take(self, tokens: int, tick: int) -> bool:
        """One call, so many tokens and a slot, of every gauge; False, and nothing is taken, if one has not enough."""
        for gauge in self.gauges:
            if gauge.tick != tick:
                gauge.roll(tick)
            if gauge.requests < 1 or gauge.slots < 1 or gauge.tokens < tokens:
                self._untake(gauge, tokens)
                return False
            gauge.requests -= 1
            gauge.tokens -= tokens
            gauge.slots -= 1
        return True

    def leave(self, taken_at: int, reserved: int, used: int, tick: int) -> None:
        """The slots are free, and the tokens are as many as were used."""
        spare = reserved - used
        for gauge in self.gauges:
            gauge.slots += 1
            if spare > 0:
                if gauge.tick == taken_at:
                    gauge.tokens += spare
                else:
                    gauge.give_back(taken_at, 0, spare)
            elif spare < 0:
                gauge.charge(-spare, tick)

    def undo(self, taken_at: int, tokens: int) -> None:
        """As if the call had never been let in."""
        for gauge in self.gauges:
            gauge.slots += 1
            gauge.give_back(taken_at, 1, tokens)

    def full(self, tokens: int, tick: int) -> list[Full]:
        """The gauges that refuse, after `take` was false. A rate that refuses tells nothing of slots."""
        found = []
        for gauge in self.gauges:
            if gauge.tick != tick:
                gauge.roll(tick)
            ticks = gauge.wait(tokens)
            if ticks != 0:
                found.append(Full(gauge, "requests" if gauge.requests < 1 and ticks else "tokens", ticks))
            elif gauge.slots < 1:
                found.append(Full(gauge, "concurrency", 0))
        return found

    def rates(self) -> Rates:
        """What is left now, just after it was taken from: nothing is wholly there again before a window is over."""
        fewest = least = self.gauges[0]
        for gauge in self.gauges:
            if gauge.requests < fewest.requests:
                fewest = gauge
            if gauge.tokens < least.tokens:
                least = gauge
        return Rates(
            fewest.bound.limit.rpm,
            fewest.requests,
            WINDOW_TICKS * TICK_MS,
            least.bound.limit.tpm,
            max(least.tokens, 0),
            WINDOW_TICKS * TICK_MS,
        )

    def refused(self, full: Full, *, waited: bool = False) -> Limited:
        """In the words of the port, after `full`."""
        gauge, kind, ticks = full
        left = {"requests": gauge.requests, "tokens": gauge.tokens, "concurrency": gauge.slots}[kind]
        if kind == "concurrency":
            retry_after_s: int | None = SLOT_RETRY_S
        else:
            retry_after_s = None if ticks is None else min(ceil(ticks * TICK_MS / 1000), RETRY_MAX_S)
        return Limited(gauge.bound, kind, max(left, 0), retry_after_s, self._rates_of_refused(), waited)

    def _untake(self, refusing: Gauge, tokens: int) -> None:
        for gauge in self.gauges:
            if gauge is refusing:
                return
            gauge.requests += 1
            gauge.tokens += tokens
            gauge.slots += 1

    def _rates_of_refused(self) -> Rates:
        fewest = min(self.gauges, key=lambda gauge: gauge.requests)
        least = min(self.gauges, key=lambda gauge: gauge.tokens)
        return Rates(
            fewest.bound.limit.rpm,
            max(fewest.requests, 0),
            min(fewest.reset(0), WINDOW_TICKS) * TICK_MS,
            least.bound.limit.tpm,
            max(least.tokens, 0),
            min(least.reset(1), WINDOW_TICKS) * TICK_MS,
        )


def worst(full: list[Full]) -> Full:
    """The one to be told of: a rate that takes longest, the call's size before all; else a limit of calls at once."""
    return max(full, key=lambda one: WINDOW_TICKS * 2 if one.ticks is None else one.ticks)
