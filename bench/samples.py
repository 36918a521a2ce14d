"""What one measurement of one gateway gave, and what several of them come to."""

from collections.abc import Callable, Iterable, Mapping
from statistics import median

import msgspec

BUSY = 0.95  # a gateway that used this share of its core was the bottleneck, and its rate is its own


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """One gateway, one measurement, one round. Times in seconds; `cpu_s` is the gateway's over `elapsed_s`.

    `arrivals` counts the reads in which stream events reached the client.
    """

    calls: int
    failed: int
    elapsed_s: float
    cpu_s: float
    p50_s: float | None = None
    p99_s: float | None = None
    gap_max_s: float | None = None
    arrivals: int = 0

    @property
    def calls_per_s(self) -> float:
        return self.calls / self.elapsed_s

    @property
    def cpu_per_call_s(self) -> float | None:
        """None where nothing was answered, or nobody's time was taken (no gateway)."""
        return self.cpu_s / self.calls if self.calls and self.cpu_s else None

    @property
    def busy(self) -> float:
        return self.cpu_s / self.elapsed_s

    @property
    def saturated(self) -> bool:
        return self.busy >= BUSY

    @property
    def one_core_per_s(self) -> float | None:
        """Calls per second on one core: as seen if the gateway was saturated, else what its time per call allows."""
        if self.saturated:
            return self.calls_per_s
        return 1 / self.cpu_per_call_s if self.cpu_per_call_s else None

    @property
    def arrivals_per_call(self) -> float | None:
        return self.arrivals / self.calls if self.calls else None


Figure = Callable[[Sample], float | None]


class Rounds:
    """The samples of a run: per measurement and gateway, one for each round, None where it was left out."""

    def __init__(self, samples: Mapping[str, Mapping[str, list[Sample | None]]] | None = None) -> None:
        self._samples = {measure: dict(of) for measure, of in (samples or {}).items()}

    def add(self, measure: str, gateway: str, sample: Sample | None) -> None:
        self._samples.setdefault(measure, {}).setdefault(gateway, []).append(sample)

    def of(self, measure: str, gateway: str) -> list[Sample | None]:
        return self._samples.get(measure, {}).get(gateway, [])

    def failed(self, gateway: str) -> int:
        return sum(s.failed for of in self._samples.values() for s in of.get(gateway, []) if s)

    def median(self, measure: str, gateway: str, figure: Figure) -> float | None:
        return _median(figure(sample) for sample in self.of(measure, gateway) if sample)

    def ratio(self, measure: str, gateway: str, base: str, figure: Figure) -> float | None:
        """The median over rounds of gateway / base: the two stood side by side in each round."""
        return _median(
            _combine(lambda a, b: a / b if b else None, mine, theirs, figure)
            for mine, theirs in zip(self.of(measure, gateway), self.of(measure, base), strict=False)
        )

    def across(self, measure: str, base: str, gateway: str, figure: Figure) -> float | None:
        """The median over rounds of one measurement / another, of the same gateway."""
        return _median(
            _combine(lambda a, b: a / b if b else None, mine, theirs, figure)
            for mine, theirs in zip(self.of(measure, gateway), self.of(base, gateway), strict=False)
        )

    def added(self, measure: str, gateway: str, base: str, figure: Figure) -> float | None:
        """The median over rounds of gateway - base."""
        return _median(
            _combine(lambda a, b: a - b, mine, theirs, figure)
            for mine, theirs in zip(self.of(measure, gateway), self.of(measure, base), strict=False)
        )

    def as_builtins(self) -> object:
        return msgspec.to_builtins(self._samples)


def _median(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return median(known) if known else None


def _combine(
    how: Callable[[float, float], float | None], mine: Sample | None, theirs: Sample | None, figure: Figure
) -> float | None:
    if mine is None or theirs is None:
        return None
    a, b = figure(mine), figure(theirs)
    return None if a is None or b is None else how(a, b)
