from waystation.ledger.unit_prices import unit_prices
from waystation.wire.price import ONE, Exchange, Factor, Price, Terms, Tier

USD = Price(currency="USD", input=2_500_000_000, output=10_000_000_000)


def test_what_has_a_rate_of_its_own_is_told_for_a_single_one() -> None:
    price = Price(
        currency="USD",
        input=2_500_000_000,
        output=10_000_000_000,
        cache_read_input=1_250_000_000,
        cache_creation_1h_input=1,
        call=5_000_000,
        search=0,
    )
    assert unit_prices(price) == {
        "prompt": "0.0000025",
        "completion": "0.00001",
        "request": "0.005",
        "web_search": "0",
        "input_cache_read": "0.00000125",
        "input_cache_write_1h": "0.000000000000001",
    }


def test_what_is_free_costs_nothing_and_large_prices_keep_their_zeros() -> None:
    free = Price(currency="USD", input=0, output=100_000_000_000_000_000)
    assert unit_prices(free) == {"prompt": "0", "completion": "100"}


def test_multipliers_and_the_exchange_rate_are_in_it() -> None:
    exchange = Exchange(currency="CNY", nanos=7_200_000_000, starts_at=0)
    terms = Terms(factors=(Factor("everybody", ONE // 2), Factor("group", 3 * ONE)), exchange=exchange)
    price = Price(currency="USD", input=1_000_000_000, output=2_000_000_000, terms=terms)
    assert unit_prices(price) == {"prompt": "0.0000108", "completion": "0.0000216"}


def test_a_rate_that_is_booked_the_other_way_round_divides() -> None:
    exchange = Exchange(currency="USD", nanos=3 * ONE, starts_at=0, inverse=True)
    price = Price(currency="CNY", input=1_000_000_000, output=3_000_000_000, terms=Terms(exchange=exchange))
    assert unit_prices(price) == {"prompt": "0.000000333333333333", "completion": "0.000001"}


def test_longer_inputs_are_overrides() -> None:
    tiers = (
        Tier(above_input_tokens=200_000, input=5_000_000_000, output=15_000_000_000),
        Tier(above_input_tokens=128_000, input=4_000_000_000),
        Tier(above_input_tokens=300_000, input=9_000_000_000),  # never comes: the first that fits counts
        Tier(service_tier="priority", input=99_000_000_000),
    )
    price = Price(currency="USD", input=2_500_000_000, output=10_000_000_000, tiers=tiers)
    assert unit_prices(price) == {
        "prompt": "0.0000025",
        "completion": "0.00001",
        "overrides": [
            {"min_prompt_tokens": 128_001, "prompt": "0.000004", "completion": "0.00001"},
            {"min_prompt_tokens": 200_001, "prompt": "0.000005", "completion": "0.000015"},
        ],
    }


def test_a_tier_that_holds_for_every_input_is_the_price() -> None:
    night = Price(currency="USD", input=4, output=4, tiers=(Tier(input=1_000_000_000, hours="00:30-08:30"),))
    assert unit_prices(night)["prompt"] == "0.000001"
    assert "overrides" not in unit_prices(USD)
