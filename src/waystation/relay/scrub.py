"""A vendor's words, made fit to be handed to a caller: no key of ours, no key of anybody's, no address of ours."""

import re
from typing import Final

LONGEST: Final = 2_000
MASK: Final = "***"
_SECRETS: Final = re.compile(
    r"""
      \b(?:sk|pk|rk|key|gsk|xai)-[A-Za-z0-9_*-]{6,}   # vendor keys, masked by the vendor or not
    | \bAKIA[0-9A-Z]{12,}                              # AWS access keys
    | \bAIza[0-9A-Za-z_-]{20,}                         # Google API keys
    | \beyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_.-]+         # JSON web tokens
    | (?i:bearer)\s+[A-Za-z0-9._~+/=-]{8,}
    """,
    re.VERBOSE,
)


def scrub(text: str, *, secret: str, host: str, more: tuple[str, ...] = ()) -> str:
    """`text` without the key that was used, the upstream's host, `more`, and anything that looks like a key."""
    for word in (secret, host, *more):
        if word:
            text = text.replace(word, MASK)
    return _SECRETS.sub(MASK, text[: LONGEST * 2])[:LONGEST]
