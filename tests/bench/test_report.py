from waystation.bench.report import Quantiles, quantiles
from waystation.bench.spread import Spread


def test_an_empty_spread_has_no_quantiles() -> None:
    assert quantiles(Spread()) is None


def test_a_spread_of_one_has_it_everywhere() -> None:
    spread = Spread()
    spread.add(0.5)
    assert quantiles(spread) == Quantiles(p50_s=0.5, p95_s=0.5, p99_s=0.5, max_s=0.5)
