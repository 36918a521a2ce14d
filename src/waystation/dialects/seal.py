"""Seals on their way through a caller's language: wrapped so that we know, in the next turn, whose they are.

A caller who talks Anthropic to a Gemini model is shown Gemini's thoughtSignature in an Anthropic block's `signature`,
wrapped; it sends that back, and for Gemini it is unwrapped. The wrapping is base64 throughout, since Gemini's own SDK
demands that, and begins with a mark that no vendor's own words begin with.
"""

import base64
import binascii
from typing import Final, get_args

from waystation.wire.chat import Seal
from waystation.wire.dialect import Dialect

_MARK: Final = b"ws1:"
_ADDRESSES: Final = str.maketrans("-_", "+/")
_DIALECTS: Final = frozenset(get_args(Dialect))

# The languages whose vendors seal: what they thought must come back unchanged.
SEALING: Final[frozenset[Dialect]] = frozenset(("openai.responses", "anthropic.messages", "gemini.generate"))

# How every wrapped seal begins: what to look for in a body, to see whether it holds any.
WRAPPED: Final = "d3MxO"


def wrap(seal: Seal) -> str:
    return base64.b64encode(_MARK + seal.dialect.encode() + b":" + seal.text.encode()).decode()


def unwrap(text: str, native: Dialect) -> Seal:
    """The seal in a caller's words; what is not wrapped is the caller's own language's.

    Gemini's own SDK sends a signature back in base64's other alphabet, that of addresses (google-genai 3.4, 2026-11).
    """
    if not text.startswith(WRAPPED):
        return Seal(native, text)
    try:
        inner = base64.b64decode(text.translate(_ADDRESSES), validate=True).removeprefix(_MARK).decode()
    except (binascii.Error, UnicodeDecodeError):
        return Seal(native, text)
    dialect, _, rest = inner.partition(":")
    return Seal(dialect, rest) if dialect in _DIALECTS else Seal(native, text)  # type: ignore[arg-type]


def shown(seal: Seal, native: Dialect) -> str:
    """The seal in a caller's language: its own as they are, others wrapped."""
    return seal.text if seal.dialect == native else wrap(seal)
