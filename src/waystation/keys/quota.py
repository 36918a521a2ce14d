"""Ceilings that we keep to ourselves, so that calls go elsewhere before the vendor says no."""

from math import inf
from sys import maxsize
from typing import Final

from waystation.wire.catalogue import Ceilings

# A minute in slices of two seconds: what is in the oldest slice counts until all of it is a minute old, and one slice
# longer, since calls arrive later than they leave. So no minute at the vendor's has more than its ceiling, whether it
# counts by the clock, by a sliding minute or by a bucket; at most a fifteenth of the ceiling is not used.
SLICE_S: Final = 2
SLICES: Final = 32


class Quota:
    """Requests and tokens of the last minute, and calls under way. Everything takes the same time at any load."""

    __slots__ = (
        "_at",
        "_ceilings",
        "_concurrency",
        "_request_slices",
        "_rpm",
        "_tick",
        "_token_slices",
        "_tpm",
        "in_flight",
        "requests",
        "tokens",
    )

    def __init__(self, ceilings: Ceilings) -> None:
        self.in_flight = 0
        self.requests = 0
        self.tokens = 0
        self._tick = self._at = 0
        self._request_slices = [0] * SLICES
        self._token_slices = [0] * SLICES
        self.limit(ceilings)

    def limit(self, ceilings: Ceilings, processes: int = 1) -> None:
        """The ceilings from now on, of all processes together: each has an equal slice, and one call at least."""
        self._ceilings = ceilings
        self._rpm = _slice(ceilings.rpm, processes)
        self._tpm = _slice(ceilings.tpm, processes)
        self._concurrency = _slice(ceilings.concurrency, processes)

    def share(self, processes: int) -> None:
        """So many processes use it now; what was counted stays counted."""
        self.limit(self._ceilings, processes)

    def wait_s(self, now: float, tokens: int) -> float:
        """Seconds until a call of so many tokens fits; 0: now; inf: once another call has ended."""
        tick = int(now) // SLICE_S
        if tick != self._tick:
            self._turn(tick)
        if self.requests < self._rpm and self.tokens + tokens <= self._tpm and self.in_flight < self._concurrency:
            return 0.0
        return self._wait_s(now, tokens)

    def take(self, tokens: int) -> int:
        """Count a call, at the time for which `wait_s` was just asked. The slice that it is counted in, for `end`."""
        self.in_flight += 1
        self.requests += 1
        self.tokens += tokens
        self._request_slices[self._at] += 1
        self._token_slices[self._at] += tokens
        return self._tick

    def end(self, tick: int, more_tokens: int) -> None:
        """A call has ended, and took so many tokens more than it was counted with; fewer, if negative."""
        self.in_flight -= 1
        if self._tick - tick < SLICES:
            self._token_slices[tick % SLICES] += more_tokens
            self.tokens += more_tokens

    def _wait_s(self, now: float, tokens: int) -> float:
        if self.in_flight >= self._concurrency:
            return inf
        wait_s = 0.0
        if self.requests >= self._rpm:
            wait_s = self._until_s(self._request_slices, self.requests - self._rpm + 1, now)
        excess = min(self.tokens + tokens - self._tpm, self.tokens)  # a call above the ceiling goes when it's alone
        if excess > 0:
            wait_s = max(wait_s, self._until_s(self._token_slices, excess, now))
        return wait_s

    def _turn(self, tick: int) -> None:
        """Forget the slices that are a minute old."""
        for past in range(max(self._tick + 1, tick - SLICES + 1), tick + 1):
            at = past % SLICES
            self.requests -= self._request_slices[at]
            self.tokens -= self._token_slices[at]
            self._request_slices[at] = self._token_slices[at] = 0
        self._tick = max(tick, self._tick)
        self._at = self._tick % SLICES

    def _until_s(self, slices: list[int], excess: int, now: float) -> float:
        """Seconds until so much of what is counted is a minute old."""
        for tick in range(self._tick - SLICES + 1, self._tick + 1):
            excess -= slices[tick % SLICES]
            if excess <= 0:
                return (tick + SLICES) * SLICE_S - now
        return float(SLICES * SLICE_S)


def _slice(ceiling: int | None, processes: int) -> int:
    return maxsize if ceiling is None else ceiling if processes == 1 else max(ceiling // processes, 1)
