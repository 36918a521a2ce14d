"""How long a vendor asks us to wait."""

from email.utils import parsedate_to_datetime
from math import isfinite
from typing import Final

LONGEST_S: Final = 3600.0  # a vendor that asks for more is asked again after an hour


def retry_after_s(header: bytes | None, *, now: float) -> float | None:
    """Seconds from a Retry-After header in either form (RFC 9110, 10.2.3); None if there is none to understand."""
    if header is None:
        return None
    text = header.decode("latin-1").strip()
    wait_s = _seconds(text)
    if wait_s is None:
        wait_s = _until(text, now)
    if wait_s is None or not isfinite(wait_s):
        return None
    return min(max(wait_s, 0.0), LONGEST_S)


def _seconds(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _until(text: str, now: float) -> float | None:
    try:
        return parsedate_to_datetime(text).timestamp() - now
    except (ValueError, OverflowError):
        return None
