from hypothesis import given
from hypothesis import strategies as st

from waystation.limits.chain import RETRY_MAX_S, SLOT_RETRY_S, Chain, Full, worst
from waystation.limits.gauge import WINDOW_TICKS, Gauge
from waystation.wire.limit import Bound, Limit, Rates

NARROW = Limit(rpm=2, tpm=100, concurrency=2)
WIDE = Limit(rpm=3, tpm=150, concurrency=1)


def chain(*limits: Limit) -> Chain:
    bounds = (Bound(f"dep_{at}", "department", f"department '{at}'", limit) for at, limit in enumerate(limits))
    return Chain(tuple(Gauge(bound, 0) for bound in bounds), metered=True)


def left(at: Chain) -> list[tuple[int, int, int]]:
    return [(gauge.requests, gauge.tokens, gauge.slots) for gauge in at.gauges]


def test_a_call_takes_from_all() -> None:
    at = chain(NARROW, WIDE)
    assert at.take(30, 0)
    assert left(at) == [(1, 70, 1), (2, 120, 0)]


def test_or_from_none() -> None:
    at = chain(NARROW, WIDE)
    assert at.take(30, 0)
    before = left(at)
    assert not at.take(1, 0)  # the wide one has no slot
    assert left(at) == before
    assert [(full.gauge, full.kind) for full in at.full(1, 0)] == [(at.gauges[1], "concurrency")]


def test_who_leaves_frees_the_slots_and_what_was_not_used() -> None:
    at = chain(NARROW, WIDE)
    at.take(30, 0)
    at.leave(0, 30, 10, 0)
    assert left(at) == [(1, 90, 2), (2, 140, 1)]
    at.take(30, 1)
    at.leave(1, 30, 45, 9)
    assert left(at) == [(0, 45, 2), (1, 95, 1)]


def test_tokens_are_given_back_after_ticks_too() -> None:
    at = chain(NARROW)
    at.take(30, 0)
    at.take(30, 5)
    at.leave(0, 30, 10, 6)
    assert left(at) == [(0, 60, 1)]


def test_what_is_undone_never_was() -> None:
    at = chain(NARROW, WIDE)
    before = left(at)
    at.take(30, 0)
    at.gauges[0].roll(4)
    at.undo(0, 30)
    assert left(at) == before


def test_every_reason_to_refuse_is_found_and_the_worst_is_told() -> None:
    at = chain(Limit(rpm=1), Limit(tpm=40), Limit(concurrency=1))
    at.take(30, 0)
    full = at.full(30, 10)
    assert [(one.kind, one.ticks) for one in full] == [
        ("requests", WINDOW_TICKS - 9),
        ("tokens", WINDOW_TICKS - 9),
        ("concurrency", 0),
    ]
    assert worst(full).kind == "requests"
    larger = at.full(41, 10)
    assert worst(larger) == Full(at.gauges[1], "tokens", None)


def test_a_refusal_says_when_to_come_again() -> None:
    at = chain(Limit(rpm=1), Limit(tpm=40), Limit(concurrency=1))
    at.take(30, 0)
    requests, tokens, slots = (at.refused(full) for full in at.full(30, 10))
    assert (requests.retry_after_s, requests.left) == (RETRY_MAX_S, 0)
    assert (tokens.retry_after_s, tokens.left) == (RETRY_MAX_S, 10)
    assert (slots.retry_after_s, slots.left, slots.waited) == (SLOT_RETRY_S, 0, False)
    (later,) = (at.refused(full) for full in at.full(1, 500) if full.kind == "requests")
    assert later.retry_after_s == 11  # of 10.1
    assert at.refused(worst(at.full(41, 500))).retry_after_s is None
    assert requests.rates == Rates(1, 0, 59_100, 40, 10, 59_100)


def test_rates_are_those_with_the_least_left() -> None:
    at = chain(Limit(concurrency=9), NARROW, WIDE)
    at.take(30, 0)
    assert at.rates() == Rates(2, 1, 60_000, 100, 70, 60_000)
    at.leave(0, 30, 1000, 0)
    at.take(0, 1)
    assert at.rates().tokens_left == 0  # never less


def test_what_is_not_limited_has_no_rates() -> None:
    at = chain(Limit(concurrency=1))
    at.take(30, 0)
    rates = at.rates()
    assert (rates.requests_max, rates.tokens_max) == (None, None)


@given(
    limits=st.lists(
        st.builds(Limit, rpm=st.integers(1, 5), tpm=st.integers(1, 50), concurrency=st.integers(1, 3)),
        min_size=1,
        max_size=4,
    ),
    steps=st.lists(st.tuples(st.integers(0, 300), st.integers(0, 30), st.booleans()), max_size=60),
)
def test_all_gauges_agree_and_no_slot_is_lost(limits: list[Limit], steps: list[tuple[int, int, bool]]) -> None:
    """Calls come and go; after the last is over and a window has passed, all is as it was."""
    at, tick = chain(*limits), 0
    fresh = left(at)
    under_way: list[tuple[int, int]] = []
    for gap, tokens, leaves in steps:
        tick += gap
        if leaves and under_way:
            taken_at, reserved = under_way.pop(0)
            at.leave(taken_at, reserved, tokens, tick)
            continue
        for gauge in at.gauges:
            gauge.roll(tick)
        before = left(at)
        fits = all(requests >= 1 and slots >= 1 and spare >= tokens for requests, spare, slots in before)
        assert at.take(tokens, tick) is fits
        after = [(requests - 1, spare - tokens, slots - 1) for requests, spare, slots in before] if fits else before
        assert left(at) == after
        if fits:
            under_way.append((tick, tokens))
        else:
            assert at.full(tokens, tick)
    assert [slots for _, _, slots in left(at)] == [slots - len(under_way) for _, _, slots in fresh]
    for taken_at, reserved in under_way:
        at.leave(taken_at, reserved, 0, tick)
    for gauge in at.gauges:
        gauge.roll(tick + WINDOW_TICKS + 1)
    assert left(at) == fresh
