import msgspec
import pytest

from waystation.wire.price import Exchange, Price, Terms, Tier


def test_prices_of_older_records_are_read_as_they_were() -> None:
    old = b'{"currency":"USD","input":1,"output":2,"cache_read_input":0,"reasoning_output":4}'
    price = msgspec.json.decode(old, type=Price)
    assert price == Price(currency="USD", input=1, output=2, cache_read_input=0, reasoning_output=4)
    assert msgspec.json.encode(price) == old


def test_a_frozen_price_survives_json() -> None:
    price = Price(
        currency="USD",
        input=1,
        output=2,
        tiers=(Tier(hours="00:30-08:30", zone="Asia/Shanghai", input=1),),
        terms=Terms(version=3, exchange=Exchange(currency="CNY", nanos=7, starts_at=5)),
    )
    assert msgspec.json.decode(msgspec.json.encode(price), type=Price) == price
    assert price.billed_in == "CNY"


@pytest.mark.parametrize("terms", [None, Terms()])
def test_a_price_is_billed_in_its_own_currency(terms: Terms | None) -> None:
    assert Price(currency="USD", input=1, output=2, terms=terms).billed_in == "USD"


def test_only_a_price_without_any_rate_is_free() -> None:
    assert Price(currency="USD", input=0, output=0, cache_read_input=0).free
    assert not Price(currency="USD", input=0, output=0, search=1).free
    assert not Price(currency="USD", input=0, output=0, tiers=(Tier(output=1),)).free


def test_a_tier_tells_its_conditions() -> None:
    tier = Tier(above_input_tokens=5, service_tier="flex", hours="00:30-08:30", zone="Asia/Shanghai")
    assert str(tier) == "input above 5 tokens, service tier flex, 00:30-08:30, Asia/Shanghai"
    assert str(Tier(days=("sat", "sun"))) == "sat sun, UTC"
