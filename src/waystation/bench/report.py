"""What a load test found."""

import msgspec

from waystation.bench.own_time import OwnTime
from waystation.bench.spread import Spread


class Quantiles(msgspec.Struct, frozen=True):
    """Durations in seconds."""

    p50_s: float
    p95_s: float
    p99_s: float
    max_s: float


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """`calls` were answered in full, `errors` counts the others by what went wrong.

    Latencies and gaps are those of the answered calls. `first_chunk` is the time to the first event of a
    stream, `gap` the time between two arrivals of events, `arrivals` how many there were: a gateway that
    lets events pile up shows fewer arrivals. `late` is by how much the load client itself missed its beat
    (open loop only): where it is not small against the latencies, the client was the bottleneck.
    """

    url: str
    model: str
    stream: bool
    rate: float | None
    concurrency: int
    calls: int
    errors: dict[str, int]
    elapsed_s: float
    calls_per_s: float
    latency: Quantiles | None
    first_chunk: Quantiles | None
    gap: Quantiles | None
    late: Quantiles | None
    arrivals: int
    received_bytes: int
    own_time: OwnTime | None

    @property
    def failed(self) -> int:
        return sum(self.errors.values())


def quantiles(spread: Spread) -> Quantiles | None:
    p50, p95, p99, top = (spread.at(share) for share in (0.5, 0.95, 0.99, 1.0))
    if p50 is None or p95 is None or p99 is None or top is None:
        return None
    return Quantiles(p50_s=p50, p95_s=p95, p99_s=p99, max_s=top)
