"""Hours of the day that a tier is for, such as 00:30-08:30 in Shanghai."""

import re
from datetime import datetime
from functools import lru_cache
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

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


def within(text: str, zone: str, at: float) -> bool:
    """Whether the clocks of the zone show one of these hours at the moment `at` (Unix seconds).

    What the clocks show twice, when they are put back, is within twice; what they skip is never.
    """
    hours = hours_of(text)
    there = datetime.fromtimestamp(at, zone_of(zone))
    minute = there.hour * 60 + there.minute
    if hours.start < hours.end:
        return hours.start <= minute < hours.end
    return minute >= hours.start or minute < hours.end
