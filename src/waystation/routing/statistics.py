"""How a route does: what it answered in the last minutes and in the last day, and how fast.

Two ways to ask. The windows tell of a time, in shares and percentiles: they are there to be shown. The means tell of
now, by one division each: they are for whoever chooses a route. What is older counts for less in them, half of it
after HALF_LIFE_S.
"""

from bisect import bisect_right
from operator import add
from typing import Final, NamedTuple

from waystation.routing.slices import BINS, Slices, Spread, bounds_of

HALF_LIFE_S: Final = 60.0
SAMPLES_MIN: Final = 10  # of fewer, a share or a percentile says more about chance than about the route
EXPLORE_S: Final = 30.0  # a route that nobody has heard of for so long is worth a call to learn how it does
TOKENS_MIN: Final = 16  # a shorter answer tells how long it took to begin, not how fast it went on

# Rows: 30 of a minute, 96 of a quarter of an hour, 6 of five minutes. A window's oldest row leaves it as a whole, so
# nothing older than the window is in it, and it is short of a part of that row most of the time.
_MINUTES: Final = 30
_QUARTERS: Final = 96
_FIVES: Final = 6

_ANSWERED, _FAILED, _LIMITED = range(3)
_FIRST_CHUNK, _WHOLE, _SPEED = 0, BINS, 2 * BINS

_LEAST_S: Final = 0.001
_LEAST_TOKENS_PER_S: Final = 1 / 16
_SECONDS: Final = bounds_of(_LEAST_S)
_SPEEDS: Final = bounds_of(_LEAST_TOKENS_PER_S)

_AGES: Final = 64  # half-lives until the weights are made small again: far from where floats end
_FAINT: Final = 2.0**-_AGES
_UNBORN: Final = Slices(1, minutes=1, width=1)  # what a route has that was never tried; nothing is counted there


class Counts(NamedTuple):
    """Attempts by their end. Those whose fault was the caller's are in none of them."""

    answered: int
    failed: int
    limited: int

    @property
    def uptime(self) -> float | None:
        """Percents answered, rate limits left out as OpenRouter does; None if there are too few."""
        return _percent(self.answered, self.answered + self.failed)

    @property
    def success(self) -> float | None:
        """Percents answered of all; None if there are too few."""
        return _percent(self.answered, self.answered + self.failed + self.limited)


class Statistics:
    """One route's. `now` is in monotonic seconds; should it ever go back, the newest rows go on.

    Takes 28 KB from the first attempt on, whatever the load, and 0.2 KB before. An attempt is counted when it ends: one
    that fails at once, one that answers when its answer is whole or broken off.
    """

    __slots__ = (
        "_answered",
        "_day",
        "_epoch",
        "_explored_at",
        "_failed",
        "_heard",
        "_heard_s",
        "_minute",
        "_minutes",
        "_spoken",
        "_spoken_s",
        "_tick_at",
        "_times",
        "_timings",
        "_turn_at",
        "_weight",
    )

    def __init__(self) -> None:
        self._minutes = self._day = self._timings = _UNBORN
        self._minute = self._times = _UNBORN.row
        self._tick_at = self._turn_at = self._explored_at = float("-inf")
        self._epoch = 0.0  # what came then weighs 1, and what comes later more: so nothing need be made less
        self._weight = 0.0
        self._answered = self._failed = self._heard = self._heard_s = self._spoken = self._spoken_s = 0.0

    # What is learned.

    def fail(self, now: float, *, limited: bool = False) -> None:
        """Count an attempt that failed by its upstream, or by our key there; `limited`: it was one too many."""
        if now >= self._tick_at:
            self._tick(now)
        if limited:
            self._minute[_LIMITED] += 1
        else:
            self._minute[_FAILED] += 1
            self._failed += self._weight

    def hear(self, now: float, seconds: float) -> None:
        """Note how long a stream's first chunk took, from the beginning of the attempt on."""
        if now >= self._tick_at:
            self._tick(now)
        self._times[bisect_right(_SECONDS, seconds)] += 1
        self._heard += self._weight
        self._heard_s += self._weight * seconds

    def succeed(self, now: float, seconds: float, output_tokens: int) -> None:
        """Count an attempt whose answer came whole, `seconds` after it began.

        `output_tokens`: as the upstream counted them, 0 if it did not.
        """
        if now >= self._tick_at:
            self._tick(now)
        self._minute[_ANSWERED] += 1
        self._answered += self._weight
        self._times[_WHOLE + bisect_right(_SECONDS, seconds)] += 1
        if output_tokens >= TOKENS_MIN and seconds > 0:
            self._times[_SPEED + bisect_right(_SPEEDS, output_tokens / seconds)] += 1
            self._spoken += self._weight * output_tokens
            self._spoken_s += self._weight * seconds

    def stop(self, now: float) -> None:
        """Count an attempt that answered well until somebody else ended it."""
        if now >= self._tick_at:
            self._tick(now)
        self._minute[_ANSWERED] += 1
        self._answered += self._weight

    # Means, for whoever chooses: O(1).

    def first_chunk_s(self) -> float | None:
        """Mean seconds to the first chunk of streams; None if none is known, or none came for an hour or two."""
        return self._heard_s / self._heard if self._heard > _FAINT else None

    def tokens_per_s(self) -> float | None:
        """Output tokens of whole answers for each second from the beginning of the attempt on; None as above."""
        return self._spoken / self._spoken_s if self._spoken_s > _FAINT else None

    def failed_share(self) -> float | None:
        """Share of attempts that failed, 0 to 1, rate limits left out; None as above. `attempts` tells its worth."""
        attempts = self._answered + self._failed
        return self._failed / attempts if attempts > _FAINT else None

    def attempts(self, now: float) -> float:
        """How many attempts `failed_share` rests on: one of now counts as 1, one of HALF_LIFE_S ago as a half."""
        return float((self._answered + self._failed) * 2.0 ** (min(self._epoch - now, 0.0) / HALF_LIFE_S))

    def quiet_s(self, now: float) -> float:
        """Seconds since anything was learned, to a second or so; infinite if nothing ever was."""
        return max(now - self._tick_at + 1.0, 0.0)

    def explore(self, now: float) -> bool:
        """Whether a call should be sent only to learn how the route does: then it is taken to be, by who asks."""
        if self.quiet_s(now) < EXPLORE_S or now - self._explored_at < EXPLORE_S:
            return False
        self._explored_at = now
        return True

    # Windows, to be shown.

    def counts(self, now: float, minutes: int) -> Counts:
        """The attempts of the last minutes: up to 30 by the minute, above that by the quarter of an hour."""
        if self._minutes is _UNBORN:
            return Counts(0, 0, 0)
        if now >= self._turn_at:
            self._turn(now)
        minute = int(now // 60)
        if minutes <= _MINUTES:
            return Counts(*self._minutes.sums(minute, minutes, 0, 3))
        return Counts(*map(add, self._day.sums(minute, minutes // 15, 0, 3), self._minute))

    def first_chunks(self, now: float) -> Spread:
        """Seconds to the first chunk, of the streams of the last 30 minutes."""
        return self._spread(now, _FIRST_CHUNK, _LEAST_S)

    def wholes(self, now: float) -> Spread:
        """Seconds to the end, of the whole answers of the last 30 minutes."""
        return self._spread(now, _WHOLE, _LEAST_S)

    def speeds(self, now: float) -> Spread:
        """Output tokens per second, of the whole answers of the last 30 minutes."""
        return self._spread(now, _SPEED, _LEAST_TOKENS_PER_S)

    def _spread(self, now: float, column: int, least: float) -> Spread:
        return Spread(self._timings.sums(int(now // 60), _FIVES, column, BINS), least)

    def _tick(self, now: float) -> None:
        """At most once a second: what comes from now on weighs more, and may be in another row."""
        if now >= self._turn_at:
            self._turn(now)
        self._weight = 2.0 ** ((now - self._epoch) / HALF_LIFE_S)
        self._tick_at = min(now + 1.0, self._turn_at)

    def _turn(self, now: float) -> None:
        """At most once a minute: book the last one to its day, go on to the next rows, keep the weights in bounds."""
        if self._minutes is not _UNBORN:
            for column, count in enumerate(self._minute):
                self._day.row[column] += count
        else:
            self._minutes = Slices(_MINUTES, minutes=1, width=3)
            self._day = Slices(_QUARTERS, minutes=15, width=3)
            self._timings = Slices(_FIVES, minutes=5, width=3 * BINS)
            self._epoch = now
        minute = int(now // 60)
        for slices in (self._minutes, self._day, self._timings):
            slices.turn(minute)
        self._minute, self._times = self._minutes.row, self._timings.row
        self._turn_at = (minute + 1) * 60.0
        if now - self._epoch > _AGES * HALF_LIFE_S:
            self._age(2.0 ** ((self._epoch - now) / HALF_LIFE_S))
            self._epoch = now

    def _age(self, factor: float) -> None:
        self._answered *= factor
        self._failed *= factor
        self._heard *= factor
        self._heard_s *= factor
        self._spoken *= factor
        self._spoken_s *= factor


def _percent(part: int, whole: int) -> float | None:
    return None if whole < SAMPLES_MIN else 100 * part / whole
