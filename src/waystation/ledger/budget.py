"""The calendar windows that budgets are counted in, all in UTC."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final, NamedTuple, assert_never

from waystation.wire.catalogue import Period

DAY_S: Final = 86_400


class Window(NamedTuple):
    """Unix seconds. `resets_at` is where the next window begins; None: it never ends."""

    starts_at: int
    resets_at: int | None


def window(period: Period, at: float) -> Window:
    """The window of `period` that holds the moment `at` (Unix seconds). Weeks begin on Monday."""
    return _window_of_day(period, int(at // DAY_S))


@lru_cache(maxsize=64)  # every call asks, and a day has one answer
def _window_of_day(period: Period, number: int) -> Window:
    if period == "total":
        return Window(0, None)
    day = datetime.fromtimestamp(number * DAY_S, UTC)
    match period:
        case "day":
            first, after = day, day + timedelta(days=1)
        case "week":
            first = day - timedelta(days=day.weekday())
            after = first + timedelta(days=7)
        case "month":
            first = day.replace(day=1)
            after = (first + timedelta(days=31)).replace(day=1)
        case _:
            assert_never(period)
    return Window(int(first.timestamp()), int(after.timestamp()))
