from collections import deque

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waystation.limits.gauge import UNLIMITED, WINDOW_TICKS, Gauge
from waystation.wire.limit import Bound, Limit


def gauge(tick: int = 0, **limits: int) -> Gauge:
    return Gauge(bound(**limits), tick)


def bound(**limits: int) -> Bound:
    return Bound("org_1", "organization", "organization 'acme'", Limit(**limits))  # type: ignore[arg-type]  # by name


def take(at: Gauge, tick: int, tokens: int = 0) -> None:
    if at.tick != tick:
        at.roll(tick)
    at.requests -= 1
    at.tokens -= tokens
    at.slots -= 1


def test_what_was_taken_is_there_again_when_its_window_is_over() -> None:
    at = gauge(rpm=3, tpm=100)
    take(at, 7, 40)
    take(at, 8, 10)
    at.roll(7 + WINDOW_TICKS)
    assert (at.requests, at.tokens) == (1, 50)
    at.roll(8 + WINDOW_TICKS)
    assert (at.requests, at.tokens) == (2, 90)
    at.roll(9 + WINDOW_TICKS)
    assert (at.requests, at.tokens) == (3, 100)


def test_what_is_not_limited_never_runs_out() -> None:
    at = gauge()
    take(at, 0, 10**12)
    assert min(at.requests, at.tokens, at.slots) > UNLIMITED // 2
    assert at.wait(10**12) == 0


def test_tokens_that_were_not_used_are_given_back_in_the_same_tick_and_in_a_later_one() -> None:
    at = gauge(tpm=100)
    take(at, 0, 60)
    at.give_back(0, 0, 50)
    assert at.tokens == 90
    at.roll(5)
    at.give_back(0, 0, 10)
    assert at.tokens == 100
    at.roll(WINDOW_TICKS + 1)
    assert at.tokens == 100  # and are not there twice


def test_after_its_window_nothing_is_given_back() -> None:
    at = gauge(tpm=100)
    take(at, 0, 60)
    at.roll(WINDOW_TICKS + 1)
    at.give_back(0, 0, 50)
    assert at.tokens == 100


def test_tokens_beyond_the_reservation_count_from_when_they_are_known() -> None:
    at = gauge(tpm=100)
    take(at, 0, 60)
    at.charge(70, 500)
    assert at.tokens == -30
    at.charge(5, 500)
    at.roll(WINDOW_TICKS + 1)
    assert at.tokens == 25  # the 60 are over
    at.roll(500 + WINDOW_TICKS + 1)
    assert at.tokens == 100


def test_a_changed_limit_counts_on() -> None:
    at = gauge(rpm=10, tpm=100, concurrency=2)
    take(at, 0, 40)
    at.change(bound(rpm=5, tpm=30))
    assert (at.requests, at.tokens, at.slots) == (4, -10, UNLIMITED - 1)
    at.roll(WINDOW_TICKS + 1)
    assert (at.requests, at.tokens) == (5, 30)


def test_how_long_to_wait() -> None:
    at = gauge(rpm=3, tpm=100)
    assert (at.wait(100), at.wait(101)) == (0, None)
    take(at, 10, 30)
    take(at, 20, 30)
    take(at, 30, 30)
    assert at.wait(1) == 10 + WINDOW_TICKS + 1 - 30
    assert at.wait(41) == 20 + WINDOW_TICKS + 1 - 30
    assert at.wait(71) == WINDOW_TICKS + 1


def test_how_long_until_all_of_it_is_there() -> None:
    at = gauge(rpm=3, tpm=100)
    assert (at.reset(0), at.reset(1)) == (0, 0)
    take(at, 10, 30)
    assert (at.reset(0), at.reset(1)) == (WINDOW_TICKS + 1, WINDOW_TICKS + 1)
    take(at, 20)
    at.roll(40)
    assert (at.reset(0), at.reset(1)) == (WINDOW_TICKS + 1 - 20, WINDOW_TICKS + 1 - 30)


def test_it_is_idle_when_nothing_of_it_is_taken() -> None:
    at = gauge(rpm=3, concurrency=1)
    assert at.idle
    take(at, 0)
    assert not at.idle
    at.roll(WINDOW_TICKS + 1)
    assert not at.idle  # the call is still under way
    at.slots += 1
    assert at.idle


@given(
    rpm=st.integers(1, 20),
    tpm=st.integers(1, 200),
    calls=st.lists(
        st.tuples(st.integers(0, 250), st.integers(0, 60), st.integers(0, 60), st.integers(0, 900)), max_size=150
    ),
)
def test_in_no_window_is_more_let_in_than_the_limit(rpm: int, tpm: int, calls: list[tuple[int, int, int, int]]) -> None:
    """Each call comes some ticks after the one before, reserves, and is over later with less, or more, used.

    At each admission, what was admitted in the 60 seconds before it, as it is known by then, is within the limit.
    """
    at = gauge(rpm=rpm, tpm=tpm)
    tick = 0
    counted: deque[list[int]] = deque()  # tick, requests, tokens: the slow way to count
    open_: list[tuple[int, int, int, int, list[int]]] = []
    for gap, tokens, used, lasts in calls:
        tick += gap
        for one in sorted(one for one in open_ if one[0] <= tick):
            over_at, taken_at, reserved, really, row = one
            if really <= reserved:
                at.give_back(taken_at, 0, reserved - really)
                row[2] -= reserved - really
            else:
                at.charge(really - reserved, max(over_at, at.tick))
                counted.append([max(over_at, at.tick), 0, really - reserved])
            open_.remove(one)
        at.roll(tick)
        live = [row for row in counted if tick - row[0] <= WINDOW_TICKS]
        requests, spent = sum(row[1] for row in live), sum(row[2] for row in live)
        assert (at.requests, at.tokens) == (rpm - requests, tpm - spent)
        if at.requests >= 1 and at.tokens >= tokens:
            take(at, tick, tokens)
            row = [tick, 1, tokens]
            counted.append(row)
            open_.append((tick + lasts, tick, tokens, used, row))
            assert requests + 1 <= rpm
            assert spent + tokens <= tpm
        else:
            wait = at.wait(tokens)
            assert wait is None if tokens > tpm else wait


@pytest.mark.parametrize("tokens", [0, 5])
@given(ticks=st.lists(st.integers(0, 700), max_size=60))
def test_after_the_wait_that_it_says_it_fits(tokens: int, ticks: list[int]) -> None:
    at = gauge(rpm=4, tpm=17)
    tick = 0
    for gap in ticks:
        tick += gap
        at.roll(tick)
        wait = at.wait(tokens)
        assert wait is not None
        if wait:
            at.roll(tick + wait - 1)
            assert at.requests < 1 or at.tokens < tokens
            tick += wait
            at.roll(tick)
        assert at.requests >= 1
        assert at.tokens >= tokens
        take(at, tick, tokens)
