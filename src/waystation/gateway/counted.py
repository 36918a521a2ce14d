"""What calls come to, added up as they end. A call looks for its place once: it waits for this."""

from bisect import bisect_left
from typing import Final

from waystation.wire.record import CallRecord

SECONDS: Final = tuple(0.01 * 2**power for power in range(14))  # 0.01 … 81.92, as the conventions ask


class Histogram:
    __slots__ = ("_bounds", "counts", "sum")

    def __init__(self, bounds: tuple[float, ...] = SECONDS) -> None:
        self._bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.sum = 0.0

    def add(self, value: float) -> None:
        self.counts[bisect_left(self._bounds, value)] += 1
        self.sum += value

    def merge(self, other: "Histogram") -> None:
        """Add what another one has counted by the same bounds."""
        self.counts = [one + more for one, more in zip(self.counts, other.counts, strict=True)]
        self.sum += other.sum

    def buckets(self) -> tuple[list[tuple[str, float]], float]:
        """Cumulative counts by upper bound, and the sum: what Prometheus wants."""
        total = 0
        rows = []
        for bound, count in zip((*map(str, self._bounds), "+Inf"), self.counts, strict=True):
            total += count
            rows.append((bound, float(total)))
        return rows, self.sum


class Counted:
    """Calls that are alike in every label. `heard`: the vendor's tokens, or our estimate, are in it."""

    __slots__ = ("count", "durations", "first_chunks", "heard", "input_tokens", "nanos", "output_tokens")

    def __init__(self) -> None:
        self.count = self.nanos = self.input_tokens = self.output_tokens = 0
        self.heard = False
        self.durations = Histogram()
        self.first_chunks = Histogram()

    def add(self, call: CallRecord) -> None:
        self.count += 1
        self.nanos += call.amount_nanos
        usage = call.usage
        if usage is not None:
            self.heard = True
            self.input_tokens += usage.input_tokens or 0
            self.output_tokens += usage.output_tokens or 0
        self.durations.add(call.duration_ms / 1000)
        if call.time_to_first_chunk_ms is not None:
            self.first_chunks.add(call.time_to_first_chunk_ms / 1000)
