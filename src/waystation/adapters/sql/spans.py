"""Which rows of the roll-ups a question is about, and what moment they are listed at.

Days and months are those of each organization's own calendar, from `usage_days`. In one zone for all, they are made of
hours, which is slower; an hour that midnight cuts in half (as in Asia/Kolkata) belongs to the day in which it begins.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, tzinfo
from typing import Final, Literal, NamedTuple
from zoneinfo import ZoneInfo

Grain = Literal["hour", "day", "month"]

HOUR: Final = 3600
DAY: Final = 86_400
_STRETCH: Final = 21 * DAY  # no zone changes its clocks and changes them back within it


class Span(NamedTuple):
    """Rows from `since` to `until`, as their roll-up tells the time, and the moment to list them at.

    `at` is told as if the wall's clock were UTC's. None: the row's own time, `shift` seconds later, cut to `grain`.
    """

    source: Literal["hours", "days"]
    since: int
    until: int
    at: int | None = None
    shift: int = 0
    grain: int = HOUR


def spans(since: float, until: float, grain: Grain | None, zone: ZoneInfo | None) -> list[Span]:
    """The range in spans, each of its rows once. Its ends are moved to full hours or days, so that nothing is left out.

    `zone` None: each organization's own, and the range is told in days as if they were UTC's.
    """
    if zone is None and grain != "hour":
        first, after = _whole(since, until, DAY)
        if grain == "month":
            return [Span("days", *month) for month in _months(first, after, _midnight_of(UTC))]
        return [Span("days", first, after, at=None if grain == "day" else 0, grain=DAY)]
    zone = zone or ZoneInfo("UTC")
    first, after = _whole(since, until, HOUR)
    if grain == "month":
        return [Span("hours", *month) for month in _months(first, after, _midnight_of(zone))]
    if grain is None:
        return [Span("hours", first, after, at=0)]
    return list(_shifted(first, after, zone, HOUR if grain == "hour" else DAY))


def period_before(since: float, until: float, zone: ZoneInfo | None) -> tuple[float, float]:
    """Of whole months the months before, of whole days the days before, of anything else as many seconds."""
    here = zone or UTC
    begin, end = (datetime.fromtimestamp(at, here) for at in (since, until))
    if any(at.time() != datetime.min.time() for at in (begin, end)):
        return since - (until - since), since
    months = (end.year - begin.year) * 12 + end.month - begin.month
    if begin.day == end.day == 1 and months > 0:
        before = _months_later(begin.date(), -months)
    else:
        before = begin.date() - (end.date() - begin.date())
    return _midnight_of(here)(before), since


def _whole(since: float, until: float, unit: int) -> tuple[int, int]:
    return int(since // unit) * unit, -int(-until // unit) * unit


def _shifted(first: int, after: int, zone: ZoneInfo, grain: int) -> Iterator[Span]:
    """One span for each stretch in which the wall's clock is as far from UTC's."""
    begin = first
    while begin < after:
        offset = _offset(begin, zone)
        end = min(begin + _STRETCH, after)
        end = next((hour for hour in range(begin, end, HOUR) if _offset(hour, zone) != offset), end)
        yield Span("hours", begin, end, shift=offset, grain=grain)
        begin = end


def _months(first: int, after: int, midnight: Callable[[date], float]) -> Iterator[tuple[int, int, int]]:
    """From, until, and the month's beginning. It begins with the first full hour."""
    month = _month_of(first, midnight)
    begin = first
    while begin < after:
        following = _months_later(month, 1)
        end = min(_whole(0, midnight(following), HOUR)[1], after)
        yield begin, end, int(datetime(month.year, month.month, 1, tzinfo=UTC).timestamp())
        month, begin = following, end


def _month_of(at: int, midnight: Callable[[date], float]) -> date:
    month = datetime.fromtimestamp(at + DAY, UTC).date().replace(day=1)
    return month if midnight(month) <= at else _months_later(month, -1)


def _months_later(day: date, count: int) -> date:
    months = day.year * 12 + day.month - 1 + count
    return day.replace(year=months // 12, month=months % 12 + 1)


def _midnight_of(zone: tzinfo) -> Callable[[date], float]:
    return lambda day: datetime(day.year, day.month, day.day, tzinfo=zone).timestamp()


def _offset(at: int, zone: ZoneInfo) -> int:
    offset = datetime.fromtimestamp(at, zone).utcoffset()
    assert offset is not None
    return int(offset.total_seconds())
