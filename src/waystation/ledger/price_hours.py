"""Hours of the day that a tier is for, such as 00:30-08:30 in Shanghai."""

import re
from datetime import datetime
from functools import lru_cache
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_HOURS: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)", re.ASCII)


class Hours(NamedTuple):
    """Minutes since midnight. The end is not in it; where it is before the start, it is the next day's."""

    start: int
    end: int


@lru_cache(maxsize=256)
def hours_of(text: str) -> Hours:
    """Raises: ValueError."""
    match = _HOURS.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is no span of the day such as 00:30-08:30")
    first, second, third, fourth = map(int, match.groups())
    found = Hours(first * 60 + second, third * 60 + fourth)
    if found.start == found.end:
        raise ValueError(f"{text!r} begins and ends at the same minute")
    return found


@lru_cache(maxsize=256)
def zone_of(name: str) -> ZoneInfo:
    """Raises: ValueError for what is no IANA name."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"{name!r} is no time zone such as Asia/Shanghai") from error


def within(text: str | None, zone: str, at: float, days: tuple[str, ...] = ()) -> bool:
    """Whether the zone has one of these days, and its clocks show one of these hours, at the moment `at` (Unix time).

    None and none are all. Hours that run over midnight belong to each of the days that they touch.

    What the clocks show twice, when they are put back, is within twice; what they skip is never.
    """
    there = datetime.fromtimestamp(at, zone_of(zone))
    if days and DAYS[there.weekday()] not in days:
        return False
    if text is None:
        return True
    hours = hours_of(text)
    minute = there.hour * 60 + there.minute
    if hours.start < hours.end:
        return hours.start <= minute < hours.end
    return minute >= hours.start or minute < hours.end
