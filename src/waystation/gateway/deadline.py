"""How long a caller gives its call."""

from math import isfinite
from typing import Final

from waystation.wire.errors import BadRequest

TIMEOUT: Final = b"x-waystation-timeout"


def timeout_of(value: bytes, most_s: float) -> float:
    """Seconds, at most `most_s`. Raises: BadRequest."""
    try:
        seconds = float(value.decode("ascii"))
    except ValueError:
        seconds = 0.0
    if not isfinite(seconds) or seconds <= 0:
        raise BadRequest(f"The header {TIMEOUT.decode()} is a number of seconds above 0, such as 30 or 2.5.")
    return min(seconds, most_s)
