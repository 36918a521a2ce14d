from random import Random

import pytest

from waystation.routing.slices import BINS, Slices, Spread, bounds_of


def counted(slices: Slices, minute: int, rows: int) -> int:
    return sum(slices.sums(minute, rows, 0, 1))


def test_what_is_counted_is_in_its_own_column() -> None:
    slices = Slices(3, minutes=1, width=4)
    slices.turn(7)
    slices.row[1] += 2
    slices.row[3] += 5
    assert slices.sums(7, 3, 0, 4) == [0, 2, 0, 5]
    assert slices.sums(7, 3, 1, 2) == [2, 0]


def test_rows_leave_the_window_one_by_one_and_are_used_again() -> None:
    slices = Slices(3, minutes=5, width=1)
    for minute in (0, 5, 10, 15):
        slices.turn(minute)
        slices.row[0] += 1
    assert [counted(slices, 15, rows) for rows in (1, 2, 3)] == [1, 2, 3]
    assert [counted(slices, minute, 3) for minute in (19, 20, 25, 29, 30, 10_000)] == [3, 2, 1, 1, 0, 0]


@pytest.mark.parametrize("gap", [2, 3, 4, 1_000_000])
def test_a_long_silence_leaves_nothing_behind(gap: int) -> None:
    slices = Slices(3, minutes=1, width=1)
    for minute in range(3):
        slices.turn(minute)
        slices.row[0] += 1
    slices.turn(2 + gap)
    assert counted(slices, 2 + gap, 3) == (1 if gap == 2 else 0)


def test_a_clock_that_goes_back_loses_nothing_and_empties_nothing() -> None:
    slices = Slices(3, minutes=1, width=1)
    slices.turn(100)
    slices.row[0] += 1
    slices.turn(4)
    slices.row[0] += 1
    assert counted(slices, 4, 1) == 2
    assert counted(slices, 100, 3) == 2


def test_before_anything_is_counted_all_is_nothing() -> None:
    slices = Slices(3, minutes=1, width=2)
    assert slices.sums(0, 3, 0, 2) == [0, 0]
    assert slices.sums(500, 3, 0, 2) == [0, 0]


def test_bounds_go_on_by_an_eighth_of_an_octave() -> None:
    bounds = bounds_of(0.001)
    assert len(bounds) == BINS - 1
    assert bounds[7] == pytest.approx(0.002)
    assert bounds[-1] == pytest.approx(0.001 * 2 ** (159 / 8))


def test_a_spread_of_nothing_has_no_percentiles() -> None:
    spread = Spread([0] * BINS, 1.0)
    assert (spread.count, spread.under(50)) == (0, None)


def test_percents_are_told_by_rank() -> None:
    spread = Spread([1, 0, 2, 1] + [0] * (BINS - 4), 1.0)
    middles = [2 ** ((number + 0.5) / 8) for number in range(4)]
    assert [spread.under(percent) for percent in (0, 25, 26, 75, 76, 100)] == pytest.approx(
        [middles[0], middles[0], middles[2], middles[2], middles[3], middles[3]]
    )


@pytest.mark.parametrize("seed", range(5))
def test_a_percentile_is_within_half_a_bin_of_the_sorted_samples(seed: int) -> None:
    random = Random(seed)
    samples = sorted(random.lognormvariate(0.0, 1.5) for _ in range(2_000))
    bounds, bins = bounds_of(0.001), [0] * BINS
    for sample in samples:
        bins[sum(bound <= sample for bound in bounds)] += 1
    spread = Spread(bins, 0.001)
    for percent in (1, 50, 75, 90, 95, 99, 100):
        exact = samples[max(-(-len(samples) * percent // 100), 1) - 1]
        assert spread.under(percent) == pytest.approx(exact, rel=0.045)
