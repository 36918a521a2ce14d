"""The calendar windows that budgets are counted in, all in UTC."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple, assert_never

from waystation.wire.catalogue import Period


class Window(NamedTuple):
    """Unix seconds. `resets_at` is where the next window begins; None: it never ends."""

    starts_at: int
    resets_at: int | None


def window(period: Period, at: float) -> Window:
    """The window of `period` that holds the moment `at` (Unix seconds). Weeks begin on Monday."""
    if period == "total":
        return Window(0, None)
    day = datetime.fromtimestamp(at, UTC).replace(hour=0, minute=0, second=0, microsecond=0)
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
