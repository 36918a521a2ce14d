"""Prices are nanos per million tokens: at 1,000,000 a token costs one nano."""

import math
from datetime import UTC, datetime

import genai_prices
import msgspec
import pytest
from genai_prices.types import TieredPrices
from hypothesis import given
from hypothesis import strategies as st

from tests.ledger.prices import plain_prices, prices, usages
from waystation.ledger.pricing import ceiling, cost
from waystation.wire.price import ONE, Exchange, Factor, Price, Terms, Tier
from waystation.wire.usage import COUNT_MAX, Usage

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

FLEX = Tier(service_tier="flex", input=1_000_000, output=5_000_000)
LONG = Tier(above_input_tokens=200_000, input=4_000_000, output=15_000_000)


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


def test_the_ceiling_takes_the_dearest_price_of_each_side() -> None:
    assert ceiling(PLAIN, input_tokens=100, output_tokens=10) == 100 * 2 + 10 * 10
    assert ceiling(DETAILED, input_tokens=100, output_tokens=10) == 100 * 4 + 10 * 20


def test_pieces_cost_each() -> None:
    price = Price(currency="USD", input=0, output=0, call=7, image=100, second=10, search=1000)
    assert cost(Usage(input_tokens=5, output_tokens=0), price) == 7
    assert cost(Usage(input_tokens=5, output_tokens=0, images=2, seconds=3, searches=4), price) == 7 + 200 + 30 + 4000
    assert cost(Usage(input_tokens=5, output_tokens=0, images=2, searches=4), PLAIN) == 10


def test_audio_and_images_have_rates_of_their_own_or_their_wholes() -> None:
    usage = Usage(
        input_tokens=100, output_tokens=10, audio_input_tokens=30, image_input_tokens=20, audio_output_tokens=4
    )
    price = Price(currency="USD", input=2_000_000, output=3_000_000, audio_input=10_000_000, image_input=1_000_000)
    assert cost(usage, price) == 50 * 2 + 30 * 10 + 20 * 1 + 10 * 3


def test_a_long_input_puts_the_whole_call_into_its_tier() -> None:
    price = msgspec.structs.replace(PLAIN, tiers=(LONG,))
    assert cost(Usage(input_tokens=200_000, output_tokens=10), price) == 200_000 * 2 + 100
    assert cost(Usage(input_tokens=200_001, output_tokens=10), price) == 200_001 * 4 + 150


def test_a_tier_leaves_what_it_does_not_name() -> None:
    price = msgspec.structs.replace(DETAILED, tiers=(LONG,))
    usage = Usage(input_tokens=300_000, output_tokens=0, cache_read_input_tokens=100_000)
    assert cost(usage, price) == 200_000 * 4 + 100_000 * 1


def test_the_first_tier_that_fits_is_taken() -> None:
    price = msgspec.structs.replace(PLAIN, tiers=(FLEX, LONG))
    assert cost(Usage(input_tokens=300_000, output_tokens=0, service_tier="flex"), price) == 300_000
    assert cost(Usage(input_tokens=300_000, output_tokens=0, service_tier="default"), price) == 1_200_000
    assert cost(Usage(input_tokens=3, output_tokens=0), price) == 6


def test_multipliers_come_before_the_rounding() -> None:
    terms = Terms(factors=(Factor("group vip", ONE * 9 // 10), Factor("organization acme", ONE * 3 // 2)))
    price = msgspec.structs.replace(PLAIN, terms=terms)
    assert cost(Usage(input_tokens=1, output_tokens=1), price) == 17  # 12 x 0.9 x 1.5 = 16.2


@pytest.mark.parametrize(("inverse", "costs"), [(False, 86), (True, 2)])
def test_a_bill_in_another_currency_is_exchanged_before_the_rounding(inverse: bool, costs: int) -> None:
    exchange = Exchange(currency="CNY", nanos=7_123_456_789, starts_at=0, inverse=inverse)
    price = msgspec.structs.replace(PLAIN, terms=Terms(exchange=exchange))
    assert price.billed_in == "CNY"
    assert cost(Usage(input_tokens=1, output_tokens=1), price) == costs  # 12 x 7.123456789, or through it


def test_the_ceiling_knows_the_tiers_that_an_input_can_reach() -> None:
    price = msgspec.structs.replace(PLAIN, call=5, tiers=(FLEX, LONG))
    assert ceiling(price, input_tokens=100, output_tokens=10) == 305
    assert ceiling(price, input_tokens=200_001, output_tokens=10) == 800_004 + 155


@given(usages, prices)
def test_no_usage_costs_more_than_its_ceiling(usage: Usage, price: Price) -> None:
    most = ceiling(
        price,
        input_tokens=usage.input_tokens or 0,
        output_tokens=usage.output_tokens or 0,
        images=usage.images or 0,
        seconds=usage.seconds or 0,
        searches=usage.searches or 0,
    )
    assert 0 <= cost(usage, price) <= most


@given(usages, plain_prices, st.integers(1, 1000))
def test_more_output_never_costs_less(usage: Usage, price: Price, more: int) -> None:
    grown = msgspec.structs.replace(usage, output_tokens=min((usage.output_tokens or 0) + more, COUNT_MAX))
    assert cost(grown, price) >= cost(usage, price)


@given(usages, prices)
def test_a_bill_is_a_whole_number_of_nanos(usage: Usage, price: Price) -> None:
    assert type(cost(usage, price)) is int


ORACLE_DAY = datetime(2026, 11, 1, tzinfo=UTC)
ORACLE_MODELS = (("openai", "gpt-4o"), ("anthropic", "claude-sonnet-4-5"), ("google", "gemini-2.5-pro"))


def _known_to_the_oracle(seller: str, name: str) -> Price:
    """The oracle's own price, in our words: its tiers are whole calls' too."""
    known = genai_prices.calc_price(
        genai_prices.Usage(input_tokens=1), name, provider_id=seller, genai_request_timestamp=ORACLE_DAY
    ).model_price
    usual: dict[str, int] = {}
    long: dict[str, int] = {}
    for ours, theirs in (
        ("input", known.input_mtok),
        ("output", known.output_mtok),
        ("cache_read_input", known.cache_read_mtok),
        ("cache_creation_input", known.cache_write_mtok),
    ):
        if isinstance(theirs, TieredPrices):
            (above,) = theirs.tiers
            assert above.start == 200_000
            usual[ours], long[ours] = int(theirs.base * ONE), int(above.price * ONE)
        elif theirs is not None:
            usual[ours] = int(theirs * ONE)
    tier = msgspec.structs.replace(Tier(above_input_tokens=200_000), **long)
    price = Price(currency="USD", input=0, output=0, tiers=(tier,) if long else ())
    return msgspec.structs.replace(price, **usual)


@pytest.mark.parametrize(("seller", "name"), ORACLE_MODELS)
@given(st.integers(0, 400_000), st.integers(0, 100_000), st.integers(0, 100_000), st.integers(0, 100_000))
def test_another_reckoning_comes_to_the_same(
    seller: str, name: str, fresh: int, read: int, written: int, output: int
) -> None:
    price = _known_to_the_oracle(seller, name)
    if price.cache_creation_input is None:
        written = 0
    whole = fresh + read + written
    usage = Usage(
        input_tokens=whole,
        output_tokens=output,
        cache_read_input_tokens=read,
        cache_creation_input_tokens=written,
    )
    theirs = genai_prices.calc_price(
        genai_prices.Usage(
            input_tokens=whole, output_tokens=output, cache_read_tokens=read, cache_write_tokens=written or None
        ),
        name,
        provider_id=seller,
        genai_request_timestamp=ORACLE_DAY,
    )
    assert cost(usage, price) == math.ceil(theirs.total_price * ONE)
