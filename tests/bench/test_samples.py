import pytest

from bench.samples import Rounds, Sample


def _sample(calls: int, cpu_s: float, elapsed_s: float = 1.0) -> Sample:
    return Sample(calls=calls, failed=0, elapsed_s=elapsed_s, cpu_s=cpu_s)


def test_a_saturated_gateway_is_as_fast_as_it_was() -> None:
    assert _sample(10_000, cpu_s=0.97).one_core_per_s == 10_000


def test_an_idle_share_is_reckoned_out() -> None:
    assert _sample(10_000, cpu_s=0.5).one_core_per_s == pytest.approx(20_000)


def test_no_gateway_has_no_rate_of_its_own() -> None:
    assert (_sample(10_000, cpu_s=0.0).one_core_per_s, _sample(0, cpu_s=0.1).one_core_per_s) == (None, None)


def _rate(sample: Sample) -> float | None:
    return sample.calls_per_s


def _rounds() -> Rounds:
    rounds = Rounds()
    for ours, theirs in ((100, 400), (50, 100), (300, 900)):
        rounds.add("plain", "ours", _sample(ours, 1.0))
        rounds.add("plain", "theirs", _sample(theirs, 1.0))
    return rounds


def test_medians_are_over_rounds() -> None:
    assert _rounds().median("plain", "ours", _rate) == 100


def test_a_ratio_is_the_median_of_the_rounds_own_ratios() -> None:
    assert _rounds().ratio("plain", "ours", "theirs", _rate) == pytest.approx(1 / 3)


def test_what_is_added_is_the_median_of_the_rounds_own_differences() -> None:
    assert _rounds().added("plain", "theirs", "ours", _rate) == 300


def test_a_round_left_out_spoils_no_other() -> None:
    rounds = _rounds()
    rounds.add("plain", "ours", None)
    rounds.add("plain", "theirs", _sample(1, 1.0))
    assert rounds.ratio("plain", "ours", "theirs", _rate) == pytest.approx(1 / 3)


def test_what_was_not_measured_is_not_made_up() -> None:
    rounds = _rounds()
    assert rounds.median("plain", "nobody", _rate) is None
    assert rounds.ratio("plain", "ours", "nobody", _rate) is None
    assert rounds.median("plain", "ours", lambda s: s.p50_s) is None


def test_failures_are_counted_over_all_measurements() -> None:
    rounds = _rounds()
    rounds.add("streams", "ours", Sample(calls=1, failed=3, elapsed_s=1.0, cpu_s=0.1))
    assert (rounds.failed("ours"), rounds.failed("theirs")) == (3, 0)
