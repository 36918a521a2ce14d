"""Google's times (RFC 3339) as Unix seconds, and back."""

from datetime import UTC, datetime
from typing import Final

_BEGINNING: Final = datetime.fromtimestamp(0, UTC)
_END: Final = 253_402_300_800  # the year 10000


def seconds_of(text: str | None) -> int | None:
    """None if it is no time."""
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return int(moment.timestamp()) if moment.tzinfo is not None and moment >= _BEGINNING else None


def time_of(seconds: int | None) -> str | None:
    """None for what no calendar has."""
    if seconds is None or not 0 <= seconds < _END:
        return None
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
