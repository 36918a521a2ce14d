from waystation.manifest.bookings import Booking, bookings, last
from waystation.wire.price import ONE, ExchangeRate, Multiplier, Price, Prices, PriceVersion

CHEAP = Price(currency="USD", input=1_000_000_000, output=2_000_000_000)
DEAR = Price(currency="USD", input=3_000_000_000, output=2_000_000_000)


def version(number: int, starts_at: int, price: Price = CHEAP, upstream: str | None = None) -> PriceVersion:
    return PriceVersion(number=number, model="m", starts_at=starts_at, price=price, upstream=upstream)


def test_each_is_told_beside_what_it_takes_the_place_of() -> None:
    there = Prices(
        versions=(version(1, 0),),
        multipliers=(Multiplier(number=1, starts_at=0, nanos=ONE, group="vip"),),
        exchange_rates=(ExchangeRate(number=1, starts_at=0, base="USD", quote="CNY", nanos=7 * ONE),),
    )
    added = Prices(
        versions=(version(0, 86_400, DEAR), version(0, 0, DEAR, upstream="main")),
        multipliers=(
            Multiplier(number=0, starts_at=0, nanos=ONE // 2, group="vip"),
            Multiplier(number=0, starts_at=0, nanos=ONE // 2, organization="acme", models="gpt-*"),
            Multiplier(number=0, starts_at=0, nanos=ONE // 2),
        ),
        exchange_rates=(
            ExchangeRate(number=0, starts_at=5, base="USD", quote="CNY", nanos=8 * ONE),
            ExchangeRate(number=0, starts_at=0, base="EUR", quote="CNY", nanos=9 * ONE),
        ),
    )
    cheap, dear = {"input": "1.00 USD", "output": "2.00 USD"}, {"input": "3.00 USD", "output": "2.00 USD"}
    assert list(bookings(added, there)) == [
        Booking("price", "m", cheap, dear, "1970-01-02"),
        Booking("price", "main/m", {}, dear, "1970-01-01"),
        Booking("multiplier", "group vip *", {"factor": "1.00"}, {"factor": "0.50"}, "1970-01-01"),
        Booking("multiplier", "acme gpt-*", {}, {"factor": "0.50"}, "1970-01-01"),
        Booking("multiplier", "everybody *", {}, {"factor": "0.50"}, "1970-01-01"),
        Booking("exchange rate", "USD/CNY", {"rate": "7.00"}, {"rate": "8.00"}, "1970-01-01T00:00:05Z"),
        Booking("exchange rate", "EUR/CNY", {}, {"rate": "9.00"}, "1970-01-01"),
    ]


def test_the_last_is_the_one_that_would_be_in_force() -> None:
    there = (version(1, 0), version(3, 5), version(2, 5), version(4, 9), version(5, 5, upstream="main"))
    assert last(there, version(0, 5)) == there[1]
    assert last(there[3:], version(0, 5)) is None
