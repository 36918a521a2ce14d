"""The calendar windows that budgets are counted in, by the clock on the organization's wall.

A day is from midnight to midnight there, so one has 23 or 25 hours when its clocks change. Everything is reckoned in
dates, and only the ends become moments.
"""

import hashlib
import re
from datetime import date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from waystation.wire.catalogue import Budget

EVERY: Final = re.compile(r"([1-9]\d{0,3}) (day|week|month)s?", re.ASCII)
_QUARTER_S: Final = 900  # clocks change on one
_DAY: Final = timedelta(days=1)


class Window(NamedTuple):
    """Unix seconds. `resets_at` is where the next window begins, or the budget is over; None: it never ends."""

    starts_at: int
    resets_at: int | None


class _Days(NamedTuple):
    """From the first day up to the day `after` it."""

    first: date
    after: date | None


def window(budget: Budget, time_zone: str, at: float) -> Window | None:
    """The budget's window that holds the moment `at` (Unix seconds). Weeks begin on Monday.

    None before a custom budget begins and after it is over.
    """
    if budget.period == "total":
        return Window(0, None)
    zone = zone_of(time_zone)
    today = datetime.fromtimestamp(at, zone).date()
    return _window(budget.period, budget.starts_on, budget.every, budget.ends_on, zone, today)


def utc_offset_s(time_zone: str, at: float) -> int:
    """How far the zone's clock is ahead of UTC's at that moment (Unix seconds)."""
    return 0 if time_zone == "UTC" else _utc_offset_s(time_zone, int(at) // _QUARTER_S)


@lru_cache(maxsize=64)
def zone_of(time_zone: str) -> ZoneInfo:
    return ZoneInfo(time_zone)


def budget_id(owner_id: str, budget: Budget) -> str:
    """The id of an owner's budget for this calendar and currency: it has one of each kind.

    A budget that is taken away and comes back goes on with what was spent before.
    """
    shape = (owner_id, budget.currency, budget.period, budget.starts_on, budget.every, budget.ends_on)
    return f"bud_{hashlib.sha256(repr(shape).encode()).hexdigest()[:24]}"


@lru_cache(maxsize=1024)  # every call asks
def _utc_offset_s(time_zone: str, quarter: int) -> int:
    offset = datetime.fromtimestamp(quarter * _QUARTER_S, zone_of(time_zone)).utcoffset()
    assert offset is not None
    return int(offset.total_seconds())


@lru_cache(maxsize=1024)  # every call asks, and a day has one answer
def _window(
    period: str, starts_on: str | None, every: str | None, ends_on: str | None, zone: tzinfo, today: date
) -> Window | None:
    if period == "custom":
        days = _custom(date.fromisoformat(starts_on or ""), every, ends_on, today)
    else:
        days = _regular(period, today)
    if days is None:
        return None
    return Window(_midnight(days.first, zone), None if days.after is None else _midnight(days.after, zone))


def _regular(period: str, today: date) -> _Days:
    if period == "month":
        first = today.replace(day=1)
        return _Days(first, _months_after(first, 1))
    if period == "week":
        first = today - _DAY * today.weekday()
        return _Days(first, first + 7 * _DAY)
    assert period == "day", period
    return _Days(today, today + _DAY)


def _custom(starts_on: date, every: str | None, ends_on: str | None, today: date) -> _Days | None:
    over = None if ends_on is None else date.fromisoformat(ends_on) + _DAY
    if today < starts_on or (over is not None and today >= over):
        return None
    if every is None:
        return _Days(starts_on, over)
    first, after = _lap(starts_on, every, today)
    return _Days(first, after if over is None else min(after, over))


def _lap(starts_on: date, every: str, today: date) -> tuple[date, date]:
    """The lap that today is in. Months are counted from the beginning: the 31st stays the last day of each."""
    match = EVERY.fullmatch(every)
    assert match is not None, every
    count, unit = int(match[1]), match[2]
    if unit != "month":
        length = count * (7 if unit == "week" else 1)
        first = starts_on + _DAY * ((today - starts_on).days // length * length)
        return first, first + _DAY * length
    passed = (today.year - starts_on.year) * 12 + today.month - starts_on.month
    lap = passed // count
    if _months_after(starts_on, lap * count) > today:
        lap -= 1
    return _months_after(starts_on, lap * count), _months_after(starts_on, (lap + 1) * count)


def _months_after(day: date, months: int) -> date:
    """The same day of a later month, or that month's last."""
    years, month = divmod(day.month - 1 + months, 12)
    first = date(day.year + years, month + 1, 1)
    last = ((first + 31 * _DAY).replace(day=1) - _DAY).day
    return first.replace(day=min(day.day, last))


def _midnight(day: date, zone: tzinfo) -> int:
    """Where a day begins: if clocks skip its midnight, when they do; if they show it twice, the first time."""
    return int(datetime.combine(day, time.min, zone).timestamp())
