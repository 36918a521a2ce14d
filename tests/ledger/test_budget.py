from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from waystation.ledger.budget import Window, budget_id, utc_offset_s, window
from waystation.wire.catalogue import Budget, Period

ZONES = ("UTC", "Asia/Shanghai", "America/New_York", "Europe/Berlin", "America/Havana", "Asia/Beirut", "Asia/Kathmandu")


def at(text: str, zone: str = "UTC") -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp())


def of(period: Period, **fields: str | None) -> Budget:
    return Budget(1, "USD", period, **fields)  # type: ignore[arg-type]  # fields by name


def custom(starts_on: str, every: str | None = None, ends_on: str | None = None) -> Budget:
    return of("custom", starts_on=starts_on, every=every, ends_on=ends_on)


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
@pytest.mark.parametrize("zone", ["UTC", "Asia/Shanghai", "America/New_York"])
def test_a_window_is_a_calendar_period_on_the_organization_s_wall(
    period: Period, moment: str, starts: str, resets: str, zone: str
) -> None:
    assert window(of(period), zone, at(moment, zone)) == Window(at(starts, zone), at(resets, zone))


def test_a_total_never_resets() -> None:
    assert window(of("total"), "Asia/Shanghai", at("2026-11-18")) == Window(0, None)


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Berlin", "2026-03-29", 23),
        ("Europe/Berlin", "2026-10-25", 25),
        ("America/New_York", "2026-03-08", 23),
        ("America/New_York", "2026-11-01", 25),
        ("America/Havana", "2026-03-08", 23),  # clocks skip midnight itself
        ("America/Havana", "2026-11-01", 25),  # clocks show midnight twice
        ("Asia/Shanghai", "2026-03-29", 24),
    ],
)
def test_a_day_is_as_long_as_it_is(zone: str, day: str, hours: int) -> None:
    found = window(of("day"), zone, at(f"{day}T12:00:00", zone))
    assert found is not None
    assert found.resets_at is not None
    assert found.resets_at - found.starts_at == hours * 3600


def test_a_month_with_a_change_of_clocks_begins_and_ends_at_midnight() -> None:
    found = window(of("month"), "Europe/Berlin", at("2026-10-26", "Europe/Berlin"))
    assert found == Window(at("2026-09-30T22:00:00"), at("2026-10-31T23:00:00"))


@pytest.mark.parametrize(
    ("budget", "moment", "expected"),
    [
        (custom("2026-03-02", "14 days"), "2026-03-02", ("2026-03-02", "2026-03-16")),
        (custom("2026-03-02", "14 days"), "2026-03-15", ("2026-03-02", "2026-03-16")),
        (custom("2026-03-02", "2 weeks"), "2026-03-16", ("2026-03-16", "2026-03-30")),
        (custom("2026-01-01", "3 months"), "2026-12-31", ("2026-10-01", "2027-01-01")),
        (custom("2026-01-31", "1 month"), "2026-02-27", ("2026-01-31", "2026-02-28")),
        (custom("2026-01-31", "1 month"), "2026-02-28", ("2026-02-28", "2026-03-31")),
        (custom("2026-01-31", "1 month"), "2026-03-30", ("2026-02-28", "2026-03-31")),
        (custom("2026-01-31", "1 month"), "2028-02-29", ("2028-02-29", "2028-03-31")),
        (custom("2024-02-29", "12 months"), "2025-02-28", ("2025-02-28", "2026-02-28")),
        (custom("2024-02-29", "12 months"), "2028-02-28", ("2027-02-28", "2028-02-29")),
        (custom("2024-02-29", "12 months"), "2028-02-29", ("2028-02-29", "2029-02-28")),
        (custom("2026-11-15", "1 month"), "2027-01-14", ("2026-12-15", "2027-01-15")),
        (custom("2026-03-02", "1 week", "2026-03-12"), "2026-03-12", ("2026-03-09", "2026-03-13")),
        (custom("2026-03-02", None, "2026-12-31"), "2026-12-31", ("2026-03-02", "2027-01-01")),
    ],
)
def test_a_custom_period_laps_from_its_beginning(budget: Budget, moment: str, expected: tuple[str, str]) -> None:
    zone = "Asia/Shanghai"
    starts, resets = expected
    assert window(budget, zone, at(f"{moment}T09:30:00", zone)) == Window(at(starts, zone), at(resets, zone))


def test_a_custom_period_may_have_no_end() -> None:
    assert window(custom("2026-03-02"), "UTC", at("2099-01-01")) == Window(at("2026-03-02"), None)


@pytest.mark.parametrize("moment", ["2026-03-01T23:59:59", "2026-04-01T00:00:00"])
def test_outside_of_its_time_a_custom_budget_has_no_window(moment: str) -> None:
    zone = "America/New_York"
    budget = custom("2026-03-02", "7 days", "2026-03-31")
    assert window(budget, zone, at(moment, zone)) is None
    assert window(budget, zone, at("2026-03-31T23:59:59", zone)) is not None


LAPS = [custom("1970-01-31", every) for every in ("1 day", "14 days", "3 weeks", "1 month", "5 months", "24 months")]


@given(
    st.sampled_from([of("day"), of("week"), of("month"), *LAPS]),
    st.floats(4e6, 4e9),
    st.sampled_from(ZONES),
)
def test_windows_touch_and_never_overlap(budget: Budget, moment: float, zone: str) -> None:
    found = window(budget, zone, moment)
    assert found is not None
    starts_at, resets_at = found
    assert resets_at is not None
    assert starts_at <= moment < resets_at
    assert window(budget, zone, starts_at) == found
    assert window(budget, zone, resets_at - 1) == found
    after = window(budget, zone, resets_at)
    assert after is not None
    assert after.starts_at == resets_at
    assert datetime.fromtimestamp(starts_at, UTC).timestamp() == starts_at


def test_an_owner_has_one_budget_of_each_kind() -> None:
    monthly = of("month")
    assert budget_id("tok_1", monthly) == budget_id(
        "tok_1", msgspec.structs.replace(monthly, amount_nanos=9, hard=False)
    )
    others = [of("day"), custom("2026-01-01"), Budget(1, "CNY", "month")]
    ids = {budget_id("tok_1", monthly), budget_id("tok_2", monthly), *(budget_id("tok_1", other) for other in others)}
    assert len(ids) == 5


@pytest.mark.parametrize(
    ("time_zone", "moment", "hours"),
    [
        ("UTC", "2026-06-01T00:00+00:00", 0),
        ("Asia/Shanghai", "2026-06-01T00:00+00:00", 8),
        ("Asia/Kolkata", "2026-06-01T00:00+00:00", 5.5),
        ("America/New_York", "2026-03-08T06:59:59+00:00", -5),
        ("America/New_York", "2026-03-08T07:00:00+00:00", -4),
    ],
)
def test_how_far_a_clock_is_ahead(time_zone: str, moment: str, hours: float) -> None:
    assert utc_offset_s(time_zone, datetime.fromisoformat(moment).timestamp()) == hours * 3600
