from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waystation.ledger.budget import Window, window
from waystation.wire.catalogue import Period


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


@pytest.mark.parametrize(
    ("period", "moment", "starts", "resets"),
    [
        ("day", "2026-11-18T13:14:15", "2026-11-18", "2026-11-19"),
        ("day", "2026-11-18T00:00:00", "2026-11-18", "2026-11-19"),
        ("day", "2026-12-31T23:59:59", "2026-12-31", "2027-01-01"),
        ("week", "2026-11-18T13:14:15", "2026-11-16", "2026-11-23"),
        ("week", "2026-11-22T23:59:59", "2026-11-16", "2026-11-23"),
        ("week", "2027-01-01T00:00:00", "2026-12-28", "2027-01-04"),
        ("month", "2026-11-18T13:14:15", "2026-11-01", "2026-12-01"),
        ("month", "2026-12-31T23:59:59", "2026-12-01", "2027-01-01"),
        ("month", "2028-02-29T12:00:00", "2028-02-01", "2028-03-01"),
        ("month", "2027-02-01T00:00:00", "2027-02-01", "2027-03-01"),
    ],
)
def test_a_window_is_a_calendar_period_in_utc(period: Period, moment: str, starts: str, resets: str) -> None:
    assert window(period, at(moment)) == Window(at(starts), at(resets))


def test_a_total_never_resets() -> None:
    assert window("total", at("2026-11-18")) == Window(0, None)


@given(st.sampled_from(("day", "week", "month")), st.floats(0, 4e9))
def test_windows_touch_and_never_overlap(period: Period, moment: float) -> None:
    starts_at, resets_at = window(period, moment)
    assert resets_at is not None
    assert starts_at <= moment < resets_at
    assert window(period, starts_at) == (starts_at, resets_at)
    assert window(period, resets_at).starts_at == resets_at
