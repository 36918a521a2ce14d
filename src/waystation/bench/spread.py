"""Many durations in little memory: counts in buckets one per cent wide, extremes exact."""

from math import ceil, exp, floor, log

_WIDTH = log(1.01)  # a quantile is at most half a per cent off, far below the noise of any run
_FLOOR_S = 1e-7  # shorter than a clock read; also keeps log() away from zero


class Spread:
    """Durations in seconds; a day of calls takes as much memory as a minute's."""

    __slots__ = ("_buckets", "_max_s", "_min_s", "count")

    def __init__(self) -> None:
        self._buckets: dict[int, int] = {}
        self._min_s = float("inf")
        self._max_s = 0.0
        self.count = 0

    def add(self, seconds: float) -> None:
        bucket = floor(log(max(seconds, _FLOOR_S)) / _WIDTH)
        self._buckets[bucket] = self._buckets.get(bucket, 0) + 1
        self.count += 1
        self._min_s = min(self._min_s, seconds)
        self._max_s = max(self._max_s, seconds)

    def at(self, share: float) -> float | None:
        """The duration that `share` of all do not exceed (nearest rank), or None if there are none."""
        if not self.count:
            return None
        rank = max(1, ceil(share * self.count))
        if rank == self.count:
            return self._max_s
        for bucket in sorted(self._buckets):
            rank -= self._buckets[bucket]
            if rank <= 0:
                return min(max(exp((bucket + 0.5) * _WIDTH), self._min_s), self._max_s)
        raise AssertionError("the buckets hold as many as were counted")
