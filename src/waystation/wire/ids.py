"""Prefixed ids that sort by time: call_, hold_, key_, tok_, org_, up_."""

from typing import Final

_ALPHABET: Final = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32, lower case
_TIME_DIGITS: Final = 10  # 50 bits of milliseconds: until the year 37648
_ENTROPY_DIGITS: Final = 13  # 65 bits


def make_id(prefix: str, at_ms: int, entropy: int) -> str:
    """`prefix_` and 23 characters: the time in milliseconds, then 64 bits of `entropy`."""
    return f"{prefix}_{_base32(at_ms, _TIME_DIGITS)}{_base32(entropy, _ENTROPY_DIGITS)}"


def _base32(value: int, digits: int) -> str:
    text = ""
    for _ in range(digits):
        text = _ALPHABET[value & 31] + text
        value >>= 5
    return text
