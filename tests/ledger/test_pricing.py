"""Prices are nanos per million tokens: at 1,000,000 a token costs one nano."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waystation.ledger.pricing import ceiling, cost, total, trace
from waystation.wire.catalogue import Price
from waystation.wire.usage import Usage

PLAIN = Price(currency="USD", input=2_000_000, output=10_000_000)
DETAILED = Price(
    currency="USD",
    input=2_000_000,
    output=10_000_000,
    cache_read_input=1_000_000,
    cache_creation_input=3_000_000,
    cache_creation_1h_input=4_000_000,
    reasoning_output=20_000_000,
)

counts = st.none() | st.integers(0, 1_000_000_000)
usages = st.builds(
    Usage,
    input_tokens=counts,
    output_tokens=counts,
    cache_read_input_tokens=counts,
    cache_creation_input_tokens=counts,
    cache_creation_1h_input_tokens=counts,
    reasoning_output_tokens=counts,
)
nanos = st.integers(0, 10**15)
own = st.none() | nanos
prices = st.builds(
    Price,
    currency=st.just("USD"),
    input=nanos,
    output=nanos,
    cache_read_input=own,
    cache_creation_input=own,
    cache_creation_1h_input=own,
    reasoning_output=own,
)


def test_input_and_output_have_their_own_prices() -> None:
    assert cost(Usage(input_tokens=100, output_tokens=10), PLAIN) == 300


def test_a_part_is_taken_out_of_its_whole() -> None:
    usage = Usage(
        input_tokens=100,
        output_tokens=10,
        cache_read_input_tokens=40,
        cache_creation_input_tokens=10,
        reasoning_output_tokens=4,
    )
    assert cost(usage, DETAILED) == 50 * 2 + 40 * 1 + 10 * 3 + 6 * 10 + 4 * 20


def test_what_is_cached_for_an_hour_is_taken_out_of_what_is_cached() -> None:
    usage = Usage(input_tokens=100, output_tokens=0, cache_creation_input_tokens=30, cache_creation_1h_input_tokens=20)
    assert cost(usage, DETAILED) == 70 * 2 + 10 * 3 + 20 * 4
    assert [(line.bucket, line.tokens, line.price_nanos) for line in trace(usage, DETAILED)] == [
        ("input", 70, 2_000_000),
        ("cache_creation_input", 10, 3_000_000),
        ("cache_creation_1h_input", 20, 4_000_000),
    ]


@pytest.mark.parametrize(("creation", "hour", "costs"), [(3, None, 90), (None, None, 60), (None, 4, 20 * 4 + 10 * 2)])
def test_an_hour_without_a_price_costs_what_writing_costs(creation: int | None, hour: int | None, costs: int) -> None:
    price = Price(
        currency="USD",
        input=2_000_000,
        output=0,
        cache_creation_input=None if creation is None else creation * 1_000_000,
        cache_creation_1h_input=None if hour is None else hour * 1_000_000,
    )
    usage = Usage(input_tokens=30, output_tokens=0, cache_creation_input_tokens=30, cache_creation_1h_input_tokens=20)
    assert cost(usage, price) == costs


def test_what_lasts_an_hour_is_never_more_than_what_was_written() -> None:
    usage = Usage(input_tokens=100, output_tokens=0, cache_creation_1h_input_tokens=20)
    assert cost(usage, DETAILED) == 100 * 2


def test_a_part_without_a_price_costs_what_its_whole_costs() -> None:
    usage = Usage(input_tokens=100, output_tokens=10, cache_read_input_tokens=40, reasoning_output_tokens=4)
    assert cost(usage, PLAIN) == cost(Usage(input_tokens=100, output_tokens=10), PLAIN)


def test_a_part_may_be_free() -> None:
    price = Price(currency="USD", input=2_000_000, output=0, cache_read_input=0)
    assert cost(Usage(input_tokens=100, output_tokens=0, cache_read_input_tokens=100), price) == 0


def test_parts_that_overlap_are_never_more_than_the_whole() -> None:
    usage = Usage(input_tokens=100, output_tokens=0, cache_read_input_tokens=80, cache_creation_input_tokens=80)
    assert cost(usage, DETAILED) == 80 * 1 + 20 * 3


def test_the_sum_is_rounded_up_once() -> None:
    price = Price(currency="USD", input=400_000, output=400_000)
    assert cost(Usage(input_tokens=1, output_tokens=1), price) == 1  # each alone would round up to 1
    assert cost(Usage(input_tokens=3, output_tokens=0), price) == 2


@pytest.mark.parametrize("usage", [Usage(), Usage(input_tokens=0, output_tokens=0)])
def test_nothing_costs_nothing(usage: Usage) -> None:
    assert cost(usage, PLAIN) == 0


def test_a_trace_has_a_line_for_each_bucket_with_tokens() -> None:
    lines = trace(Usage(input_tokens=100, output_tokens=10, cache_read_input_tokens=40), DETAILED)
    assert [str(line) for line in lines] == [
        "input: 60 x 0.002 USD per million tokens",
        "cache_read_input: 40 x 0.001 USD per million tokens",
        "output: 10 x 0.01 USD per million tokens",
    ]


def test_the_ceiling_takes_the_dearest_price_of_each_side() -> None:
    assert ceiling(PLAIN, input_tokens=100, output_tokens=10) == 100 * 2 + 10 * 10
    assert ceiling(DETAILED, input_tokens=100, output_tokens=10) == 100 * 4 + 10 * 20


@given(usages, prices)
def test_the_lines_of_a_trace_come_to_the_cost(usage: Usage, price: Price) -> None:
    assert total(trace(usage, price)) == cost(usage, price)


@given(usages, prices)
def test_no_usage_costs_more_than_its_ceiling(usage: Usage, price: Price) -> None:
    most = ceiling(price, input_tokens=usage.input_tokens or 0, output_tokens=usage.output_tokens or 0)
    assert 0 <= cost(usage, price) <= most
