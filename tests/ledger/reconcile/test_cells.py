from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from waystation.ledger.reconcile.cells import count_of, decimal_in, moment_in, nanos_of

SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("12", "12"),
        (" 1,234.50 ", "1234.50"),
        ("¥1，234", "1234"),
        ("$0.0012", "0.0012"),
        ("12.00元", "12"),
        ("3.625e-9", "0.000000003625"),
        ("(4.5)", "-4.5"),
        ("-4.5 USD", "-4.5"),
        (".5", "0.5"),
        ("7.", "7"),
    ],
)
def test_numbers_are_read_as_people_write_them(text: str, number: str) -> None:
    assert decimal_in(text) == Decimal(number)


def test_a_comma_may_be_the_decimal_sign() -> None:
    assert decimal_in("1.234,50 €", comma=True) == Decimal("1234.50")


@pytest.mark.parametrize("text", ["", "  ", "-", "--"])
def test_an_empty_cell_says_nothing(text: str) -> None:
    assert decimal_in(text) is None


@pytest.mark.parametrize("text", ["abc", "1.2.3", "1e999", "NaN", "inf", "1 or 2"])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no number"):
        decimal_in(text)


def test_tokens_are_whole() -> None:
    assert count_of(Decimal("1234.0")) == 1234
    with pytest.raises(ValueError, match="no whole number"):
        count_of(Decimal("0.5"))
    with pytest.raises(ValueError, match="no whole number"):
        count_of(Decimal(2**63))


def test_amounts_are_rounded_to_the_nearest_nano() -> None:
    assert nanos_of(Decimal("0.8958740000000000")) == 895_874_000
    assert nanos_of(Decimal("0.0000000014")) == 1
    assert nanos_of(Decimal("-0.0000000016")) == -2
    with pytest.raises(ValueError, match="absurd"):
        nanos_of(Decimal("1e12"))


@pytest.mark.parametrize(
    ("text", "form", "moment"),
    [
        ("2026-11-30", None, datetime(2026, 11, 30, tzinfo=SHANGHAI)),
        ("2026/11/30 08:00:00", None, datetime(2026, 11, 30, 8, tzinfo=SHANGHAI)),
        ("20261130", None, datetime(2026, 11, 30, tzinfo=SHANGHAI)),
        ("2026-11-30T08:00:00+00:00", None, datetime(2026, 11, 30, 8, tzinfo=UTC)),
        ("1759622400", None, datetime(2025, 10, 5, tzinfo=UTC)),
        ("1759622400123", None, datetime(2025, 10, 5, tzinfo=UTC)),
        ("30.11.2026", "%d.%m.%Y", datetime(2026, 11, 30, tzinfo=SHANGHAI)),
    ],
)
def test_times_are_read_in_many_forms(text: str, form: str | None, moment: datetime) -> None:
    assert moment_in(text, form, SHANGHAI) == moment


def test_what_is_no_time_is_refused() -> None:
    with pytest.raises(ValueError, match="Invalid isoformat"):
        moment_in("yesterday", None, UTC)
