"""The gateway's own time during a test, read from two scrapes of its /metrics page.

The load client sees only the sum of the gateway's time and the upstream's. A Waystation also counts its own
share in a histogram, so the difference of two scrapes holds the calls in between: ours, and those of
anybody else who called meanwhile.
"""

import re
from math import ceil, inf

import msgspec

METRIC = "waystation_own_time_seconds"

_BUCKET = re.compile(METRIC + r'_bucket\{[^}]*?le="([^"]+)"[^}]*\} (\S+)')


class OwnTime(msgspec.Struct, frozen=True):
    """Upper edges, in seconds, of the histogram buckets that hold the quantiles; `inf` is beyond the last."""

    calls: int
    p50_s: float
    p95_s: float
    p99_s: float


def between(before: str, after: str) -> OwnTime | None:
    """The own times between two scrapes; None if the page does not have them or nothing was called."""
    earlier, later = _buckets(before), _buckets(after)
    counts = {edge: count - earlier.get(edge, 0) for edge, count in later.items()}
    calls = counts.get(inf, 0)
    if calls <= 0:
        return None
    return OwnTime(calls=calls, p50_s=_edge(counts, 0.5), p95_s=_edge(counts, 0.95), p99_s=_edge(counts, 0.99))


def _buckets(page: str) -> dict[float, int]:
    """Cumulative counts by upper edge, summed over every other label."""
    counts: dict[float, int] = {}
    for edge, count in _BUCKET.findall(page):
        counts[float(edge)] = counts.get(float(edge), 0) + int(float(count))
    return counts


def _edge(counts: dict[float, int], share: float) -> float:
    rank = ceil(share * counts[inf])
    return min(edge for edge, count in counts.items() if count >= rank)
