"""Months, and what closing one means."""

from datetime import UTC, date, datetime

import pytest

from waystation.ledger.closing import Closing, Span, counts_at, days, month
from waystation.wire.errors import Misconfigured


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def test_a_month_is_the_organizations_own() -> None:
    assert month("2026-10", "UTC") == Span(at("2026-10-01"), at("2026-11-01"))
    assert month("2026-12", "Asia/Shanghai") == Span(at("2026-11-30T16:00"), at("2026-12-31T16:00"))
    assert month("2026-10", "Europe/Berlin") == Span(at("2026-09-30T22:00"), at("2026-10-31T23:00"))
    assert month("2028-02", "UTC").ends_at - month("2028-02", "UTC").starts_at == 29 * 86_400


@pytest.mark.parametrize("text", ["2026-13", "2026-1", "october", "2026-10-01", ""])
def test_what_is_no_month_is_told(text: str) -> None:
    with pytest.raises(Misconfigured, match="is no month, as in 2026-10"):
        month(text, "UTC")


def test_days_do_not_run_backwards() -> None:
    assert days(date(2026, 10, 1), date(2026, 10, 1), "UTC").starts_at == at("2026-10-01")
    with pytest.raises(Misconfigured, match="2026-10-01 is before 2026-10-02"):
        days(date(2026, 10, 2), date(2026, 10, 1), "UTC")


def test_a_posting_counts_when_it_was_booked_unless_that_was_closed() -> None:
    closings = (Closing(100.0, 10), Closing(200.0, 20))
    assert counts_at(50.0, 10, closings) == 50.0  # in time
    assert counts_at(50.0, 11, closings) == 100.0  # late: in the next month
    assert counts_at(50.0, 21, closings) == 200.0  # that was closed too
    assert counts_at(150.0, 15, closings) == 150.0
    assert counts_at(250.0, 99, closings) == 250.0
    assert counts_at(50.0, 99, ()) == 50.0
