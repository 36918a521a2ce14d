"""Counts, both ways: here the input is told without what the cache gave or took."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from waystation.dialects.anthropic_messages.usage import Meter, usage_of
from waystation.wire.usage import COUNT_MAX, Heard, Usage


def hear(*told: object) -> Heard | None:
    meter, heard = Meter(), None
    for one in told:
        heard = meter.hear(msgspec.Raw(json.dumps(one).encode()))
    return heard


FULL = {
    "input_tokens": 10,
    "cache_read_input_tokens": 20,
    "cache_creation_input_tokens": 30,
    "cache_creation": {"ephemeral_5m_input_tokens": 18, "ephemeral_1h_input_tokens": 12},
    "output_tokens": 9,
    "output_tokens_details": {"thinking_tokens": 4},
}
FULL_USAGE = Usage(
    input_tokens=60,
    output_tokens=9,
    cache_read_input_tokens=20,
    cache_creation_input_tokens=30,
    cache_creation_1h_input_tokens=12,
    reasoning_output_tokens=4,
)


def test_every_bucket_there_and_back() -> None:
    assert hear(FULL) == Heard(FULL_USAGE, ())
    assert usage_of(Heard(FULL_USAGE, ())) == FULL


def test_what_was_not_said_is_nothing_of_the_cache() -> None:
    assert hear({"input_tokens": 3, "output_tokens": 1}) == Heard(Usage(input_tokens=3, output_tokens=1), ())
    assert usage_of(Heard(Usage(), ())) == {
        "input_tokens": 0,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": 0,
        "output_tokens": 0,
    }


def test_writes_are_the_sum_of_their_lifetimes_where_only_those_are_told() -> None:
    told = {name: count for name, count in FULL.items() if name != "cache_creation_input_tokens"}
    assert hear(told) == Heard(FULL_USAGE, ())


@pytest.mark.parametrize(
    ("first", "last", "due"),
    [
        ({"input_tokens": 7, "output_tokens": 1}, {"output_tokens": 5}, (7, 5)),
        ({"input_tokens": 7, "output_tokens": 1}, {"input_tokens": None, "output_tokens": 5}, (7, 5)),
        ({"input_tokens": 7, "output_tokens": 1}, {"input_tokens": 0, "output_tokens": 5}, (7, 5)),
        ({"input_tokens": 0, "output_tokens": 0}, {"input_tokens": 9, "output_tokens": 5}, (9, 5)),
        ({"input_tokens": 7, "output_tokens": 1}, {"input_tokens": 8, "output_tokens": 5}, (8, 5)),
    ],
)
def test_the_last_word_on_each_count_is_kept(first: Any, last: Any, due: tuple[int, int]) -> None:
    heard = hear(first, last)
    assert heard is not None
    assert (heard.usage.input_tokens, heard.usage.output_tokens) == due


@pytest.mark.parametrize("told", [{}, {"input_tokens": 3}, {"output_tokens": 3}, [], "5", None])
def test_no_usage_is_heard_of_too_little(told: object) -> None:
    assert hear(told) is None


def test_what_is_no_count_is_marked() -> None:
    heard = hear({"input_tokens": 3.0, "output_tokens": 2, "cache_read_input_tokens": -1, "cache_creation": 5})
    assert heard == Heard(
        Usage(input_tokens=3, output_tokens=2, cache_read_input_tokens=0, cache_creation_input_tokens=0),
        ("cache_read_negative",),
    )
    assert hear({"input_tokens": True, "output_tokens": 2}) is None


COUNT = st.none() | st.booleans() | st.integers(-5, 2 * COUNT_MAX) | st.floats() | st.text(max_size=2)
TOLD = st.fixed_dictionaries(
    {},
    optional={
        **{name: COUNT for name in FULL if name not in ("cache_creation", "output_tokens_details")},
        "cache_creation": COUNT | st.fixed_dictionaries({}, optional={"ephemeral_1h_input_tokens": COUNT}),
        "output_tokens_details": COUNT | st.fixed_dictionaries({}, optional={"thinking_tokens": COUNT}),
    },
)


@given(st.lists(TOLD, min_size=1, max_size=3))
def test_nothing_that_a_vendor_says_breaks_it(told: list[object]) -> None:
    heard = hear(*told)
    if heard is not None:
        wire = usage_of(heard)
        assert all(not isinstance(count, int) or count >= 0 for count in wire.values())


COUNTS = st.integers(0, 1000)


@given(COUNTS, COUNTS, COUNTS, COUNTS, COUNTS)
def test_our_own_counts_come_back(fresh: int, read: int, short: int, hour: int, out: int) -> None:
    usage = Usage(
        input_tokens=fresh + read + short + hour,
        output_tokens=out,
        cache_read_input_tokens=read,
        cache_creation_input_tokens=short + hour,
        cache_creation_1h_input_tokens=hour,
        reasoning_output_tokens=out,
        searches=hour,
    )
    assert hear(usage_of(Heard(usage, ()))) == Heard(usage, ())


def test_searches_and_the_service_tier_are_heard() -> None:
    heard = hear(
        {"input_tokens": 1, "output_tokens": 0, "service_tier": "priority"},
        {"output_tokens": 2, "server_tool_use": {"web_search_requests": 3}},
    )
    assert heard == Heard(Usage(input_tokens=1, output_tokens=2, searches=3, service_tier="priority"), ())
    assert hear({"input_tokens": 1, "output_tokens": 2, "service_tier": "standard", "server_tool_use": None}) == Heard(
        Usage(input_tokens=1, output_tokens=2), ()
    )
