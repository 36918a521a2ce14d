"""Embeddings: unit vectors that are made from the text alone, the same in every language of vendors."""

import base64
import hashlib
import math
import struct
from typing import Final

_HALF: Final = 1 << 31


def vector(text: str, dimensions: int) -> list[float]:
    """Numbers that a float of four bytes holds exactly, so that both forms of it say the same."""
    raw = hashlib.shake_256(text.encode("utf-8", "replace")).digest(4 * dimensions)
    numbers = [number - _HALF for number in struct.unpack(f"<{dimensions}I", raw)]
    length = math.hypot(*numbers) or 1.0
    return list(struct.unpack(f"<{dimensions}f", _packed([number / length for number in numbers])))


def encoded(values: list[float]) -> str:
    """In base64, four bytes for each number, the low one first."""
    return base64.b64encode(_packed(values)).decode()


def _packed(values: list[float]) -> bytes:
    return struct.pack(f"<{len(values)}f", *values)
