from math import inf

from hypothesis import given
from hypothesis import strategies as st

from waystation.keys.quota import SLICE_S, SLICES, Quota
from waystation.wire.catalogue import Ceilings

WINDOW_S = SLICE_S * SLICES


def taken(quota: Quota, now: float, tokens: int = 0) -> bool:
    if quota.wait_s(now, tokens):
        return False
    quota.take(tokens)
    return True


def test_no_ceiling_never_refuses() -> None:
    quota = Quota(Ceilings())
    assert all(taken(quota, 0.0, 10**9) for _ in range(10_000))


def test_requests_wait_until_the_oldest_is_a_minute_old() -> None:
    quota = Quota(Ceilings(rpm=2))
    assert [taken(quota, 100.0), taken(quota, 110.0), taken(quota, 111.0)] == [True, True, False]
    assert quota.wait_s(111.0, 0) == WINDOW_S - 11.0
    assert not taken(quota, 159.9)
    assert taken(quota, 100.0 + WINDOW_S)
    assert not taken(quota, 101.0 + WINDOW_S)


def test_tokens_are_reserved_and_trued_up() -> None:
    quota = Quota(Ceilings(tpm=1_000))
    assert quota.wait_s(100.0, 900) == 0.0
    tick = quota.take(900)
    assert quota.wait_s(100.0, 200) > 0
    quota.end(tick, -500)
    assert (quota.tokens, quota.wait_s(100.0, 200)) == (400, 0.0)


def test_what_took_more_than_expected_counts_in_full() -> None:
    quota = Quota(Ceilings(tpm=1_000))
    quota.wait_s(100.0, 100)
    quota.end(quota.take(100), 900)
    assert not taken(quota, 130.0, 1)
    assert taken(quota, 100.0 + WINDOW_S, 1)


def test_a_call_that_ends_after_its_minute_changes_no_later_one() -> None:
    quota = Quota(Ceilings(tpm=1_000))
    quota.wait_s(100.0, 100)
    tick = quota.take(100)
    assert quota.wait_s(300.0, 0) == 0.0
    quota.end(tick, 5_000)
    assert (quota.tokens, quota.in_flight) == (0, 0)


def test_a_call_above_the_ceiling_goes_when_it_is_alone() -> None:
    quota = Quota(Ceilings(tpm=1_000))
    assert taken(quota, 100.0, 5_000)
    assert not taken(quota, 101.0, 1)
    assert taken(quota, 100.0 + WINDOW_S, 5_000)


def test_calls_at_once_wait_for_each_other() -> None:
    quota = Quota(Ceilings(concurrency=1))
    assert quota.wait_s(100.0, 0) == 0.0
    tick = quota.take(0)
    assert quota.wait_s(1_000_000.0, 0) == inf
    quota.end(tick, 0)
    assert quota.wait_s(100.0, 0) == 0.0


def test_new_ceilings_count_what_was_counted() -> None:
    quota = Quota(Ceilings(rpm=5))
    assert taken(quota, 100.0)
    quota.limit(Ceilings(rpm=1))
    assert not taken(quota, 101.0)


@given(
    st.lists(st.tuples(st.floats(0.0, 30.0), st.integers(0, 400)), max_size=200),
    st.integers(1, 10),
    st.integers(400, 2_000),
)
def test_no_minute_ever_has_more_than_its_ceiling(calls: list[tuple[float, int]], rpm: int, tpm: int) -> None:
    quota = Quota(Ceilings(rpm=rpm, tpm=tpm))
    now = 1_000.0
    passed: list[tuple[float, int]] = []
    for gap, tokens in calls:
        now += gap
        wait_s = quota.wait_s(now, tokens)
        if wait_s:
            now += wait_s
            if quota.wait_s(now, tokens):  # the tokens' slice may be a later one than the requests'
                continue
        quota.take(tokens)
        passed.append((now, tokens))
        minute = [one for one in passed if one[0] > now - 60.0]
        assert len(minute) <= rpm
        assert sum(counted for _, counted in minute) <= tpm
