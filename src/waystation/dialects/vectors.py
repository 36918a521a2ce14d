"""Vectors in the forms that languages give them: numbers, or little-endian 32-bit floats in base64."""

import base64
import binascii
import math
import struct
from collections.abc import Sequence
from typing import Final

from waystation.wire.embedding import EmbeddingReply, EmbeddingRequest
from waystation.wire.errors import BadAnswer

Vector = tuple[float, ...]

_FLOAT_BYTES: Final = 4


def packed(vector: Vector) -> str:
    """Raises: BadAnswer if a number is too large for 32 bits."""
    try:
        return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()
    except OverflowError as error:
        raise BadAnswer("a vector holds a number that no 32-bit float can be") from error


def unpacked(text: str) -> Vector:
    """Raises: BadAnswer if it holds no floats, or one that is not finite."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadAnswer("a vector is not base64") from error
    if len(data) % _FLOAT_BYTES:
        raise BadAnswer("a vector is cut in the middle of a number")
    vector = struct.unpack(f"<{len(data) // _FLOAT_BYTES}f", data)
    if not all(map(math.isfinite, vector)):
        raise BadAnswer("a vector holds a number that is not finite")
    return vector


def checked(vectors: Sequence[Vector]) -> tuple[Vector, ...]:
    """Raises: BadAnswer if there are none, or an empty one."""
    if not vectors or not all(vectors):
        raise BadAnswer("an answer without vectors")
    return tuple(vectors)


def aligned(reply: EmbeddingReply, request: EmbeddingRequest) -> tuple[Vector, ...]:
    """The vectors, one for each input. Raises: BadAnswer if they are more or fewer: none could be told from another."""
    if len(reply.vectors) != len(request.inputs):
        raise BadAnswer(f"{len(reply.vectors)} vectors for {len(request.inputs)} inputs")
    return reply.vectors
