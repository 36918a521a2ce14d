import math
from random import Random

import pytest

from waystation.routing.statistics import EXPLORE_S, HALF_LIFE_S, SAMPLES_MIN, TOKENS_MIN, Counts, Statistics

DAY_S = 24 * 60 * 60
START = 1_000_000.0 // 900 * 900  # a quarter of an hour begins


def answered(statistics: Statistics, now: float, count: int = 1) -> None:
    for _ in range(count):
        statistics.succeed(now, 1.0, 100)


def test_of_a_route_that_was_never_tried_nothing_is_known() -> None:
    idle = Statistics()
    assert [idle.counts(START, minutes) for minutes in (5, 30, 1440)] == [Counts(0, 0, 0)] * 3
    assert (idle.first_chunk_s(), idle.tokens_per_s(), idle.failed_share()) == (None, None, None)
    assert (idle.attempts(START), idle.quiet_s(START)) == (0.0, math.inf)
    spreads = idle.first_chunks(START), idle.wholes(START), idle.speeds(START)
    assert [(spread.count, spread.under(99)) for spread in spreads] == [(0, None)] * 3
    assert (idle.counts(START, 5).uptime, idle.counts(START, 5).success) == (None, None)


def test_asking_leaves_a_route_that_was_never_tried_as_small_as_it_was() -> None:
    idle, other = Statistics(), Statistics()
    idle.counts(START, 5)
    answered(other, START)
    assert idle.counts(START, 1440) == (0, 0, 0)


def test_a_rate_limit_is_no_outage_but_no_success_either() -> None:
    statistics = Statistics()
    answered(statistics, START, 8)
    for _ in range(2):
        statistics.fail(START)
    for _ in range(10):
        statistics.fail(START, limited=True)
    counts = statistics.counts(START, 5)
    assert counts == Counts(answered=8, failed=2, limited=10)
    assert (counts.uptime, counts.success) == (80.0, 40.0)
    assert statistics.failed_share() == pytest.approx(0.2)


@pytest.mark.parametrize(("count", "known"), [(SAMPLES_MIN - 1, False), (SAMPLES_MIN, True)])
def test_a_share_of_too_few_is_not_told(*, count: int, known: bool) -> None:
    assert (Counts(count, 0, 0).uptime == 100.0) == known
    assert (Counts(0, 0, count).success == 0.0) == known
    assert Counts(0, 0, count).uptime is None


def test_an_answer_that_somebody_else_ended_counts_without_a_duration() -> None:
    statistics = Statistics()
    statistics.stop(START)
    assert statistics.counts(START, 5) == (1, 0, 0)
    assert (statistics.wholes(START).count, statistics.speeds(START).count) == (0, 0)


def test_windows_roll() -> None:
    statistics = Statistics()
    statistics.fail(START)
    answered(statistics, START + 120)
    for late, five, thirty, day in (
        (120, (1, 1, 0), (1, 1, 0), (1, 1, 0)),
        (299, (1, 1, 0), (1, 1, 0), (1, 1, 0)),
        (300, (1, 0, 0), (1, 1, 0), (1, 1, 0)),
        (420, (0, 0, 0), (1, 1, 0), (1, 1, 0)),
        (1799, (0, 0, 0), (1, 1, 0), (1, 1, 0)),
        (1800, (0, 0, 0), (1, 0, 0), (1, 1, 0)),
        (DAY_S - 1, (0, 0, 0), (0, 0, 0), (1, 1, 0)),
        (DAY_S, (0, 0, 0), (0, 0, 0), (0, 0, 0)),
    ):
        now = START + late
        assert [statistics.counts(now, minutes) for minutes in (5, 30, 1440)] == [five, thirty, day]


def test_a_day_goes_on_over_midnight_and_over_days_of_silence() -> None:
    statistics = Statistics()
    for hour in range(24 * 3):
        answered(statistics, START + hour * 3600)
    now = START + (24 * 3 - 1) * 3600
    assert statistics.counts(now, 1440) == (24, 0, 0)
    later = now + 40 * DAY_S
    assert statistics.counts(later, 1440) == (0, 0, 0)
    statistics.fail(later)
    assert statistics.counts(later, 1440) == (0, 1, 0)


def test_asking_often_counts_nothing_twice() -> None:
    statistics = Statistics()
    for minute in range(40):
        answered(statistics, START + minute * 60)
        for second in (0, 1, 59):
            assert statistics.counts(START + minute * 60 + second, 1440) == (minute + 1, 0, 0)


def test_a_clock_that_goes_back_loses_nothing() -> None:
    statistics = Statistics()
    answered(statistics, START, 3)
    statistics.fail(START - 5_000)
    statistics.hear(START - 1e9, 0.2)
    assert statistics.counts(START - 5_000, 5) == (3, 1, 0)
    assert statistics.counts(START, 1440) == (3, 1, 0)
    assert statistics.first_chunks(START).count == 1
    assert statistics.failed_share() == pytest.approx(0.25, abs=0.01)
    assert statistics.attempts(START - 1e9) == pytest.approx(4.0, rel=0.05)
    assert statistics.quiet_s(START - 1e9) == 0.0


def test_percentiles_are_those_of_the_samples_of_half_an_hour() -> None:
    statistics, random = Statistics(), Random(3)
    for _ in range(500):
        statistics.succeed(START, 100.0, 100)  # over before the window begins
    samples = []
    for at in range(1_800, 1_800 + 1_500):
        samples.append(random.lognormvariate(0.0, 1.0))
        statistics.hear(START + at, samples[-1] / 10)
        statistics.succeed(START + at, samples[-1], 1_000)
    samples.sort()
    now = START + 3_300
    for percent in (50, 95, 99):
        exact = samples[len(samples) * percent // 100 - 1]
        assert statistics.first_chunks(now).under(percent) == pytest.approx(exact / 10, rel=0.045)
        assert statistics.wholes(now).under(percent) == pytest.approx(exact, rel=0.045)
        slow = statistics.speeds(now).under(100 - percent)
        assert slow == pytest.approx(1_000 / exact, rel=0.05)


@pytest.mark.parametrize("seconds", [-1.0, 0.0, 1e-9, 1e6])
def test_what_is_beyond_the_bins_is_in_the_outermost(seconds: float) -> None:
    statistics = Statistics()
    statistics.hear(START, seconds)
    statistics.succeed(START, seconds, 1_000_000_000)
    assert (statistics.first_chunks(START).count, statistics.wholes(START).count) == (1, 1)
    assert statistics.speeds(START).count == (seconds > 0)


def test_a_short_answer_says_nothing_of_speed() -> None:
    statistics = Statistics()
    statistics.succeed(START, 1.0, TOKENS_MIN - 1)
    assert (statistics.tokens_per_s(), statistics.speeds(START).count) == (None, 0)
    statistics.succeed(START, 2.0, TOKENS_MIN)
    assert (statistics.tokens_per_s(), statistics.speeds(START).count) == (TOKENS_MIN / 2, 1)


def test_half_of_the_weight_is_gone_after_a_half_life() -> None:
    statistics = Statistics()
    statistics.hear(START, 1.0)
    statistics.succeed(START, 2.0, 200)
    statistics.fail(START + HALF_LIFE_S)
    statistics.hear(START + HALF_LIFE_S, 4.0)
    statistics.succeed(START + HALF_LIFE_S, 2.0, 800)
    assert statistics.first_chunk_s() == pytest.approx(3.0)
    assert statistics.tokens_per_s() == pytest.approx(300.0)
    assert statistics.failed_share() == pytest.approx(0.4)
    assert statistics.attempts(START + HALF_LIFE_S) == pytest.approx(2.5)
    assert statistics.attempts(START + 2 * HALF_LIFE_S) == pytest.approx(1.25)
    assert statistics.attempts(START + 1e9) == 0.0
    assert statistics.quiet_s(START + HALF_LIFE_S + 30) == pytest.approx(30, abs=1)


def test_means_stay_means_for_years() -> None:
    statistics = Statistics()
    for day in range(1_000):
        for second in range(0, 600, 60):
            statistics.hear(START + day * DAY_S + second, 0.5)
            statistics.succeed(START + day * DAY_S + second, 2.0, 100)
    assert statistics.first_chunk_s() == pytest.approx(0.5)
    assert statistics.tokens_per_s() == pytest.approx(50.0)
    assert statistics.failed_share() == 0.0


def test_a_mean_without_anything_new_is_forgotten_while_others_go_on() -> None:
    statistics = Statistics()
    statistics.hear(START, 0.5)
    statistics.succeed(START, 2.0, 100)
    for minute in range(180):
        statistics.fail(START + minute * 60)
    assert (statistics.first_chunk_s(), statistics.tokens_per_s()) == (None, None)
    assert statistics.failed_share() == pytest.approx(1.0)


def test_a_quiet_route_is_explored_once_in_a_while() -> None:
    one = Statistics()
    assert [one.explore(now) for now in (0.0, 1.0, EXPLORE_S - 1, EXPLORE_S, EXPLORE_S + 1)] == [
        True,
        False,
        False,
        True,
        False,
    ]
    one.stop(100.0)
    assert [one.explore(now) for now in (100.0, 100.0 + EXPLORE_S - 2, 102.0 + EXPLORE_S)] == [False, False, True]
