"""Prices are per token here: a million nanos for a million of them."""

import pytest

from waystation.ledger.price_book import Book
from waystation.wire.catalogue import Organization
from waystation.wire.errors import PriceMissing
from waystation.wire.price import (
    ONE,
    Exchange,
    ExchangeRate,
    Factor,
    Multiplier,
    Price,
    Prices,
    PriceVersion,
    Terms,
    Tier,
)

ACME = Organization("org_1", "acme")
CHEAP = Price(currency="USD", input=1_000_000, output=1_000_000)
DEAR = Price(currency="USD", input=9_000_000, output=9_000_000)


def version(
    number: int, starts_at: int, price: Price, *, model: str = "m", upstream: str | None = None
) -> PriceVersion:
    return PriceVersion(number=number, model=model, starts_at=starts_at, price=price, upstream=upstream)


def book(*versions: PriceVersion, **declared: Price | None) -> Book:
    return Book(Prices(versions=versions), declared)


def test_a_version_takes_force_at_its_moment_and_not_before() -> None:
    prices = book(version(1, 0, CHEAP), version(2, 100, DEAR))
    assert [prices.price("m", ACME, at).input for at in (0, 99.999, 100, 1e9, 99)] == [
        CHEAP.input,
        CHEAP.input,
        DEAR.input,
        DEAR.input,
        CHEAP.input,
    ]


def test_a_frozen_price_is_one_value_as_long_as_it_holds() -> None:
    prices = book(version(1, 0, CHEAP), version(2, 100, DEAR))
    assert prices.price("m", ACME, 5) is prices.price("m", ACME, 50)
    assert prices.price("m", ACME, 5) == Price(
        currency="USD", input=1_000_000, output=1_000_000, terms=Terms(version=1)
    )


def test_of_two_versions_with_one_start_the_later_booked_counts() -> None:
    prices = book(version(2, 100, DEAR), version(3, 100, CHEAP), version(1, 0, DEAR))
    found = prices.version("m", 100)
    assert found is not None
    assert found.number == 3


def test_a_price_booked_later_for_an_earlier_day_waits_for_what_was_scheduled() -> None:
    prices = book(version(1, 100, DEAR), version(2, 50, CHEAP))
    assert [prices.price("m", ACME, at).input for at in (60, 100)] == [CHEAP.input, DEAR.input]


def test_a_model_without_a_version_has_the_price_that_it_was_declared_with() -> None:
    assert book(m=CHEAP).price("m", ACME, 7) is CHEAP


@pytest.mark.parametrize("prices", [book(m=None), book(), book(version(1, 100, CHEAP), m=DEAR)])
def test_a_model_without_a_price_in_force_is_refused(prices: Book) -> None:
    for _ in range(2):
        with pytest.raises(PriceMissing, match=r"'m' has no price in force.*Ask whoever runs"):
            prices.price("m", ACME, 99)


def test_an_upstreams_price_is_its_own() -> None:
    prices = book(version(1, 0, CHEAP), version(2, 10, DEAR, model="m-1", upstream="main"))
    assert prices.upstream_price("main", "m-1", 10) == prices.upstream_price("main", "m-1", 1e6)
    found = prices.upstream_price("main", "m-1", 10)
    assert found is not None
    assert (found.input, found.terms) == (DEAR.input, Terms(version=2))
    assert prices.upstream_price("main", "m-1", 9) is None
    assert prices.upstream_price("other", "m-1", 10) is None
    assert prices.upstream_price("main", "m", 10) is None


def test_the_tiers_of_other_hours_are_left_out() -> None:
    night = Tier(hours="00:30-08:30", zone="Asia/Shanghai", input=1)
    long = Tier(above_input_tokens=5, input=2)
    price = Price(currency="CNY", input=3, output=3, tiers=(night, long))
    prices = book(version(1, 0, price))
    start = 1_800_030_600 // 86_400 * 86_400 + 16 * 3600 + 30 * 60  # 00:30 in Shanghai
    assert [prices.price("m", ACME, at).tiers for at in (start - 0.001, start, start + 8 * 3600)] == [
        (long,),
        (night, long),
        (long,),
    ]


def test_multipliers_of_everybody_group_and_organization_come_together() -> None:
    multipliers = (
        Multiplier(number=1, starts_at=0, nanos=2 * ONE),
        Multiplier(number=2, starts_at=0, nanos=ONE // 2, group="vip"),
        Multiplier(number=3, starts_at=0, nanos=ONE // 4, organization="acme", models="m*"),
        Multiplier(number=4, starts_at=0, nanos=ONE // 8, organization="acme"),
        Multiplier(number=5, starts_at=50, nanos=ONE, organization="acme", models="m*"),
        Multiplier(number=6, starts_at=0, nanos=7, organization="other"),
        Multiplier(number=7, starts_at=0, nanos=7, group="other"),
    )
    prices = Book(Prices(versions=(version(1, 0, CHEAP),), multipliers=multipliers), {})
    vip = Organization("org_1", "acme", price_group="vip")
    assert prices.factors("m", vip, 10) == (
        Factor("everybody", 2 * ONE),
        Factor("group vip", ONE // 2),
        Factor("organization acme", ONE // 4),
    )
    assert prices.factors("x", ACME, 10) == (Factor("everybody", 2 * ONE), Factor("organization acme", ONE // 8))
    terms = prices.price("m", vip, 60).terms
    assert terms is not None
    assert terms.factors[-1] == Factor("organization acme", ONE)
    declared = Book(Prices(multipliers=multipliers[:1]), {"m": CHEAP}).price("m", ACME, 0)
    assert declared.terms == Terms(factors=(Factor("everybody", 2 * ONE),))


def test_a_bill_in_another_currency_takes_the_rate_of_its_moment() -> None:
    chinese = Organization("org_2", "客户", currency="CNY")
    rates = (
        ExchangeRate(number=1, starts_at=10, base="USD", quote="CNY", nanos=7 * ONE),
        ExchangeRate(number=2, starts_at=20, base="USD", quote="CNY", nanos=8 * ONE),
    )
    prices = Book(Prices(versions=(version(1, 0, CHEAP),), exchange_rates=rates), {})
    with pytest.raises(PriceMissing, match="for which no rate in CNY is known"):
        prices.price("m", chinese, 9)
    for at, nanos in ((10, 7), (20, 8)):
        price = prices.price("m", chinese, at)
        assert price.billed_in == "CNY"
        assert price.terms == Terms(version=1, exchange=Exchange(currency="CNY", nanos=nanos * ONE, starts_at=at))
    assert prices.price("m", ACME, 10).billed_in == "USD"
    assert prices.price("m", Organization("org_3", "us", currency="USD"), 10).billed_in == "USD"


def test_a_rate_the_other_way_round_will_do() -> None:
    rates = (ExchangeRate(number=1, starts_at=0, base="CNY", quote="USD", nanos=ONE // 7),)
    exchange = Book(Prices(exchange_rates=rates), {}).exchange("USD", "CNY", 5)
    assert exchange == Exchange(currency="CNY", nanos=ONE // 7, starts_at=0, inverse=True)
