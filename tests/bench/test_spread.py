import pytest
from hypothesis import given
from hypothesis import strategies as st

from waystation.bench.spread import Spread

_DURATIONS = st.lists(st.floats(min_value=1e-6, max_value=1e4), min_size=1, max_size=200)


def _spread(*seconds: float) -> Spread:
    spread = Spread()
    for value in seconds:
        spread.add(value)
    return spread


def test_nothing_measured_has_no_quantiles() -> None:
    assert Spread().at(0.5) is None


def test_one_duration_is_every_quantile() -> None:
    assert [_spread(0.25).at(share) for share in (0.0, 0.5, 0.99, 1.0)] == [0.25] * 4


def test_quantiles_are_nearest_ranks() -> None:
    spread = _spread(*(n / 100 for n in range(1, 101)))
    got = [spread.at(share) for share in (0.5, 0.95, 0.99, 1.0)]
    assert got == [pytest.approx(0.50, rel=0.01), pytest.approx(0.95, rel=0.01), pytest.approx(0.99, rel=0.01), 1.0]


def test_zero_and_less_are_counted_as_the_shortest() -> None:
    assert _spread(0.0, -1e-9).count == 2


@given(_DURATIONS, st.floats(min_value=0.01, max_value=1.0))
def test_a_quantile_is_within_a_per_cent_of_the_exact_one(durations: list[float], share: float) -> None:
    exact = sorted(durations)[max(1, -int(-share * len(durations) // 1)) - 1]
    assert _spread(*durations).at(share) == pytest.approx(exact, rel=0.011)


@given(_DURATIONS)
def test_quantiles_never_fall(durations: list[float]) -> None:
    spread = _spread(*durations)
    got = [spread.at(share) or 0.0 for share in (0.1, 0.5, 0.9, 0.99, 1.0)]
    assert got == sorted(got)
