from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from waystation.ledger.price_hours import Hours, hours_of, within, zone_of


def moment(text: str, zone: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()


@pytest.mark.parametrize(
    ("clock", "inside"),
    [("00:29:59", False), ("00:30:00", True), ("08:29:59", True), ("08:30:00", False), ("23:59:59", False)],
)
def test_the_start_is_in_it_and_the_end_is_not(clock: str, inside: bool) -> None:
    at = moment(f"2026-11-30T{clock}", "Asia/Shanghai")
    assert within("00:30-08:30", "Asia/Shanghai", at) is inside
    assert within("00:30-08:30", "UTC", at + 8 * 3600) is inside


@pytest.mark.parametrize(
    ("clock", "inside"),
    [("21:59:59", False), ("22:00:00", True), ("00:00:00", True), ("05:59:59", True), ("06:00", False)],
)
def test_hours_may_run_over_midnight(clock: str, inside: bool) -> None:
    assert within("22:00-06:00", "UTC", moment(f"2026-11-30T{clock}", "UTC")) is inside


def test_an_hour_that_the_clocks_show_twice_is_within_twice_and_a_skipped_one_never() -> None:
    back = [
        within("02:00-03:00", "Europe/Berlin", moment("2026-10-25T00:00", "UTC") + 1800 * half) for half in range(4)
    ]
    assert back == [True, True, True, True]
    forth = [
        within("02:00-03:00", "Europe/Berlin", moment("2026-03-29T00:30", "UTC") + 1800 * half) for half in range(4)
    ]
    assert forth == [False, False, False, False]


def test_hours_are_read() -> None:
    assert hours_of("00:30-08:05") == Hours(30, 485)
    assert zone_of("Asia/Shanghai") == ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    "text", ["", "00:30", "0:30-8:30", "24:00-01:00", "00:60-01:00", "01:00-01:00", "１0:00-11:00"]
)
def test_what_is_no_span_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"span|same minute"):
        hours_of(text)


@pytest.mark.parametrize("name", ["", "Mars/Olympus", "../etc/passwd", "Asia"])
def test_what_is_no_zone_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="no time zone"):
        zone_of(name)


@pytest.mark.parametrize(
    ("day", "clock", "inside"),
    [("27", "09:00", True), ("27", "12:00", False), ("28", "09:00", False), ("30", "11:59:59", True)],
)
def test_days_are_the_zones(day: str, clock: str, inside: bool) -> None:
    at = moment(f"2026-11-{day}T{clock}", "Asia/Shanghai")  # the 27th is a Friday
    assert within("09:00-12:00", "Asia/Shanghai", at, ("mon", "tue", "wed", "thu", "fri")) is inside


def test_days_may_be_all_that_is_said() -> None:
    sunday_there = moment("2026-11-28T16:00", "UTC")
    assert within(None, "Asia/Shanghai", sunday_there, ("sun",))
    assert not within(None, "UTC", sunday_there, ("sun",))
    assert within(None, "UTC", sunday_there)
