"""How long a vendor asks us to wait."""

from email.utils import parsedate_to_datetime
from math import isfinite
from typing import Final

LONGEST_S: Final = 3600.0  # a vendor that asks for more is asked again after an hour


def retry_after_s(header: bytes | None, *, now: float, milliseconds: bytes | None = None) -> float | None:
    """Seconds from a Retry-After header in either form (RFC 9110, 10.2.3); None if there is none to understand.

    `milliseconds`: the header retry-after-ms, which is finer; Azure sends both (read in the openai SDK 2.x, 2026-11).
    """
    if milliseconds is not None and (fine := _seconds(milliseconds.decode("latin-1"))) is not None and isfinite(fine):
        return _bounded(fine / 1000)
    if header is None:
        return None
    text = header.decode("latin-1").strip()
    wait_s = _seconds(text)
    if wait_s is None:
        wait_s = _until(text, now)
    return None if wait_s is None or not isfinite(wait_s) else _bounded(wait_s)


def _bounded(wait_s: float) -> float:
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
