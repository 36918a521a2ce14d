import msgspec
import pytest

from tests.relay.world import VENDORS, catalogue_of
from waystation.ledger.price_book import Book
from waystation.relay.board import board_of
from waystation.relay.costs import CostTable
from waystation.wire.catalogue import ModelRoute
from waystation.wire.price import ONE, ExchangeRate, Price, Prices, PriceVersion, Tier

MILLION = 1_000_000
CATALOGUE = catalogue_of(upstreams=3)
SERVED = board_of(CATALOGUE, VENDORS).served["m"]
KEYS = [(f"up_{number}", f"m-{number}") for number in range(3)]


def version(number: int, upstream: int, price: Price, starts_at: int = 0) -> PriceVersion:
    return PriceVersion(
        number=number, model=f"m-{upstream}", upstream=f"up{upstream}", starts_at=starts_at, price=price
    )


def price(input_: int, output: int, currency: str = "USD") -> Price:
    return Price(currency=currency, input=input_ * MILLION, output=output * MILLION)


def table(*versions: PriceVersion, rates: tuple[ExchangeRate, ...] = ()) -> CostTable:
    return CostTable(Book(Prices(versions=versions, exchange_rates=rates), {}))


def test_three_tokens_in_go_with_one_out() -> None:
    costs = table(version(1, 0, price(1, 5)), version(2, 1, price(2, 2)))
    assert costs.of(SERVED, 0.0) == {KEYS[0]: 8_000, KEYS[1]: 8_000}


def test_prices_of_another_currency_are_exchanged_or_left_out() -> None:
    both = (version(1, 0, price(1, 1)), version(2, 1, price(7, 7, "CNY")), version(3, 2, price(1, 1, "EUR")))
    rate = ExchangeRate(number=1, starts_at=0, base="USD", quote="CNY", nanos=7 * ONE)
    costs = table(*both, rates=(rate,)).of(SERVED, 0.0)
    assert list(costs) == KEYS[:2]
    assert costs[KEYS[1]] == pytest.approx(costs[KEYS[0]])
    other = ExchangeRate(number=1, starts_at=0, base="CNY", quote="USD", nanos=ONE // 7)
    assert table(*both, rates=(other,)).of(SERVED, 0.0)[KEYS[1]] == pytest.approx(4_000)


def test_a_price_of_the_hour_counts_in_its_hour_and_a_new_version_from_its_start() -> None:
    night = msgspec.structs.replace(
        price(8, 8), tiers=(Tier(hours="00:00-06:00", input=MILLION, output=MILLION, zone="UTC"),)
    )
    costs = table(version(1, 0, night), version(2, 1, price(2, 2)), version(3, 1, price(4, 4), starts_at=40_000))
    day = 86_400
    assert costs.of(SERVED, day + 3600.0)[KEYS[0]] == 4_000
    assert costs.of(SERVED, 10 * 3600.0) == {KEYS[0]: 32_000, KEYS[1]: 8_000}
    assert costs.of(SERVED, 50_000.0)[KEYS[1]] == 16_000


def test_within_a_minute_nothing_is_worked_out_again() -> None:
    costs = table(version(1, 0, price(1, 1)))
    first = costs.of(SERVED, 60.0)
    assert costs.of(SERVED, 119.9) is first
    assert costs.of(SERVED, 120.0) is not first
    assert table().of(SERVED, 0.0) == {}


def test_what_names_that_callers_make_up_cost_is_not_kept() -> None:
    routes = (ModelRoute("up0", "{name}"), ModelRoute("up1", "m-1"))
    model = msgspec.structs.replace(CATALOGUE.models[0], matches=("m-*",), routes=routes)
    names = board_of(msgspec.structs.replace(CATALOGUE, models=(model,)), VENDORS).names
    costs = table(version(1, 0, price(1, 1)), version(2, 1, price(2, 2)))
    for name, known in (("m-9", KEYS[1:2]), ("m-0", KEYS[:2])):
        found = names.find(name)
        assert found is not None
        assert list(costs.of(found.served, 0.0)) == known
