"""Months in an organization's time zone, and what closing one means.

A closed month takes no more bookings. What is booked after it was closed counts in the month that is open then, even if
its call was made before: so no figure that was given to a customer ever changes, and nothing is left out.
"""

import re
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from waystation.wire.errors import Misconfigured

_MONTH: Final = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")


class Span(NamedTuple):
    """Unix seconds; the end is no longer in it."""

    starts_at: float
    ends_at: float


class Closing(NamedTuple):
    """All that was booked before `ends_at` (Unix seconds), up to that posting."""

    ends_at: float
    through_posting: int


def month(text: str, zone: str) -> Span:
    """The month "2026-10" in that time zone. Raises: Misconfigured."""
    match = _MONTH.fullmatch(text)
    if match is None:
        raise Misconfigured(f"{text!r} is no month, as in 2026-10")
    first = date(int(match[1]), int(match[2]), 1)
    return days(first, (first + timedelta(days=31)).replace(day=1), zone)


def days(first: date, after: date, zone: str) -> Span:
    """From the beginning of one day to the beginning of another. Raises: Misconfigured if that is before it."""
    if after < first:
        raise Misconfigured(f"{after} is before {first}")
    tz = ZoneInfo(zone)
    starts, ends = (datetime(day.year, day.month, day.day, tzinfo=tz) for day in (first, after))
    return Span(starts.timestamp(), ends.timestamp())


def counts_at(at: float, posting_id: int, closings: Iterable[Closing]) -> float:
    """The time that a posting counts at: its own, or the beginning of the first month that was open when it came.

    `closings` of one organization, the oldest first.
    """
    for closing in closings:
        if at < closing.ends_at and posting_id > closing.through_posting:
            at = closing.ends_at
    return at
