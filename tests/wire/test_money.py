"""Money is exact: what is written is what is booked."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waystation.wire.money import NANOS_PER_UNIT, Money, decimal_of, divide_up, nanos_of


@pytest.mark.parametrize(
    ("text", "nanos", "currency"),
    [
        ("100 USD", 100 * NANOS_PER_UNIT, "USD"),
        ("0.000000001 CNY", 1, "CNY"),
        ("-2.50 EUR", -2_500_000_000, "EUR"),
        (" 12.5USD ", 12_500_000_000, "USD"),
        ("999999999999.999999999 USD", 10**21 - 1, "USD"),
    ],
)
def test_an_amount_is_parsed_exactly(text: str, nanos: int, currency: str) -> None:
    assert Money.parse(text) == Money(nanos, currency)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "USD",
        "100",
        "100 usd",
        "1e3 USD",
        "1,000 USD",
        ".5 USD",
        "5. USD",
        "0.0000000001 USD",
        "$5",
        "NaN USD",
        "1000000000000 USD",
    ],
)
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not an amount and a currency"):
        Money.parse(text)


@pytest.mark.parametrize("text", ["", "x", "1e3", "0.0000000001", "1 USD"])
def test_a_number_past_its_digits_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a number"):
        nanos_of(text)


@pytest.mark.parametrize(
    ("nanos", "text"),
    [(0, "0.00"), (12_500_000_000, "12.50"), (1, "0.000000001"), (-1_500_000_000, "-1.50"), (-1, "-0.000000001")],
)
def test_a_decimal_is_the_shortest_with_two_places(nanos: int, text: str) -> None:
    assert decimal_of(nanos) == text


@given(st.integers(-(10**21) + 1, 10**21 - 1))
def test_writing_and_reading_is_exact(nanos: int) -> None:
    money = Money(nanos, "USD")
    assert Money.parse(str(money)) == money


def test_amounts_add_up_in_one_currency_only() -> None:
    assert Money(5, "USD") + Money(2, "USD") == Money(7, "USD")
    assert Money(5, "USD") - Money(7, "USD") == Money(-2, "USD")
    with pytest.raises(ValueError, match="do not add up"):
        Money(5, "USD") + Money(2, "CNY")
    with pytest.raises(ValueError, match="do not add up"):
        Money(5, "USD") - Money(2, "CNY")


@pytest.mark.parametrize(
    ("numerator", "denominator", "quotient"), [(0, 3, 0), (1, 3, 1), (3, 3, 1), (4, 3, 2), (-1, 3, 0)]
)
def test_rounding_is_upward(numerator: int, denominator: int, quotient: int) -> None:
    assert divide_up(numerator, denominator) == quotient


@given(st.integers(0, 10**30), st.integers(1, 10**9))
def test_rounding_adds_less_than_one(numerator: int, denominator: int) -> None:
    assert 0 <= divide_up(numerator, denominator) * denominator - numerator < denominator
