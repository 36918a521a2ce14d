"""Vectors that are made from a text."""

import base64
import math
import struct

import pytest

from waystation.demo.vectors import encoded, vector


@pytest.mark.parametrize("dimensions", [1, 8, 3072])
def test_a_vector_has_its_dimensions_and_the_length_one(dimensions: int) -> None:
    values = vector("a text", dimensions)
    assert len(values) == dimensions
    assert math.hypot(*values) == pytest.approx(1)


def test_the_text_alone_decides() -> None:
    assert vector("a", 8) == vector("a", 8)
    assert vector("a", 8) != vector("b", 8)
    assert vector("", 8) != vector("\ud83d", 8)


def test_both_forms_say_the_same() -> None:
    values = vector("a", 8)
    assert list(struct.unpack("<8f", base64.b64decode(encoded(values)))) == values
