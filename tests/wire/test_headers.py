"""Headers are pairs of bytes: order and repetition are kept, and nothing can be added in place."""

from typing import get_args, get_origin

from waystation.wire.headers import Headers


def test_headers_are_a_tuple_of_pairs() -> None:
    assert get_origin(Headers) is tuple
    assert get_args(Headers) == (tuple[bytes, bytes], ...)
