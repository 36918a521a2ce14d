"""What is left of one limit: a sliding window, exact to one side, in integers.

Time is cut into ticks of a tenth of a second, and what was taken in a tick counts for the 600 ticks after it: for 60.0
to 60.1 seconds. So in no 60 seconds more is taken than the limit, at whatever moment they begin, and nothing is refused
for more than a tenth of a second too long. A token bucket or GCRA with the same numbers lets twice the limit through in
the minute after a pause, and with half the burst refuses those who call in bursts; a log of every call is exact too,
but takes memory by the call. This takes 601 pairs of integers at most, and no work between two calls of one tick.
"""

from collections import OrderedDict
from typing import Final

from waystation.wire.limit import Bound, Limit

TICK_MS: Final = 100
WINDOW_TICKS: Final = 600
UNLIMITED: Final = 1 << 59  # two digits of Python


class Gauge:
    """`requests`, `tokens` and `slots` are what is left; `tokens` is below 0 where calls used more than they reserved.

    `tick` is the one that they are true for: before they are looked at in a later one, `roll`. Whoever takes
    subtracts from them: once from all of a call's gauges, or from none.
    """

    __slots__ = ("_past", "_requests_before", "_tokens_before", "bound", "requests", "slots", "tick", "tokens")

    def __init__(self, bound: Bound, tick: int) -> None:
        self.bound = bound
        self.tick = tick
        self.requests, self.tokens, self.slots = _allowed(bound.limit)
        self._requests_before, self._tokens_before = self.requests, self.tokens
        self._past: OrderedDict[int, list[int]] = OrderedDict()  # requests and tokens taken, by their tick

    @property
    def idle(self) -> bool:
        """Whether it is as good as new, at its tick."""
        return (self.requests, self.tokens, self.slots) == _allowed(self.bound.limit) and not self._past

    def roll(self, tick: int) -> None:
        """Go on to a later tick: what was taken before the window gives way."""
        requests, tokens = self._requests_before - self.requests, self._tokens_before - self.tokens
        past = self._past
        if requests or tokens:
            past[self.tick] = [requests, tokens]
        while past and next(iter(past)) < tick - WINDOW_TICKS:
            _, (requests, tokens) = past.popitem(last=False)
            self.requests += requests
            self.tokens += tokens
        self._requests_before, self._tokens_before = self.requests, self.tokens
        self.tick = tick

    def give_back(self, taken_at: int, requests: int, tokens: int) -> None:
        """What was taken in that tick and not used. After its window there is nothing to give."""
        if taken_at != self.tick:
            taken = self._past.get(taken_at)
            if taken is None:
                return
            taken[0] -= requests
            taken[1] -= tokens
            self._requests_before += requests
            self._tokens_before += tokens
        self.requests += requests
        self.tokens += tokens

    def charge(self, tokens: int, tick: int) -> None:
        """More were used than reserved: they count from now on, since by now they have come."""
        if self.tick != tick:
            self.roll(tick)
        self.tokens -= tokens

    def change(self, bound: Bound) -> None:
        """Its limit is another one now; what was taken stays so."""
        before, after = _allowed(self.bound.limit), _allowed(bound.limit)
        self.bound = bound
        self.requests += after[0] - before[0]
        self.tokens += after[1] - before[1]
        self.slots += after[2] - before[2]
        self._requests_before += after[0] - before[0]
        self._tokens_before += after[1] - before[1]

    def wait(self, tokens: int) -> int | None:
        """In how many ticks one more call with so many tokens fits, slots aside; None: it never will."""
        if tokens > _allowed(self.bound.limit)[1]:
            return None
        requests, left = self.requests, self.tokens
        if requests >= 1 and left >= tokens:
            return 0
        for tick, taken in self._past.items():
            requests += taken[0]
            left += taken[1]
            if requests >= 1 and left >= tokens:
                return tick + WINDOW_TICKS + 1 - self.tick
        return WINDOW_TICKS + 1

    def reset(self, what: int) -> int:
        """In how many ticks all requests (`what` 0) or tokens (1) are there again, if nobody takes any."""
        taken = (self._requests_before - self.requests, self._tokens_before - self.tokens)
        if taken[what]:
            return WINDOW_TICKS + 1
        newest = next((tick for tick in reversed(self._past) if self._past[tick][what]), None)
        return 0 if newest is None else newest + WINDOW_TICKS + 1 - self.tick


def _allowed(limit: Limit) -> tuple[int, int, int]:
    return (
        UNLIMITED if limit.rpm is None else limit.rpm,
        UNLIMITED if limit.tpm is None else limit.tpm,
        UNLIMITED if limit.concurrency is None else limit.concurrency,
    )
