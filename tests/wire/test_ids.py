"""Ids sort by their time and say what they name."""

from hypothesis import given
from hypothesis import strategies as st

from waystation.wire.ids import make_id


def test_an_id_has_its_prefix_and_27_digits() -> None:
    assert make_id("call", 0, 0) == "call_" + "0" * 27
    assert make_id("tok", 1_790_000_000_000, 2**64 - 1) == "tok_" + "1a0c4506c00" + "f" * 16


moments = st.tuples(st.integers(0, 2**44 - 1), st.integers(0, 2**64 - 1))


@given(moments, moments)
def test_ids_sort_as_their_times_do(one: tuple[int, int], other: tuple[int, int]) -> None:
    assert (make_id("call", *one) < make_id("call", *other)) == (one < other)


@given(moments)
def test_ids_need_no_escape_in_a_url(moment: tuple[int, int]) -> None:
    assert set(make_id("call", *moment).removeprefix("call_")) <= set("0123456789abcdef")
