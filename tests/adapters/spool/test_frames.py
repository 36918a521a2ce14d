import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.contract.store import post_order
from waystation.adapters.spool.frames import MARK, Booking, Post, Void, frame, read_frames

BOOKINGS: list[Booking] = [
    Post(post_order("hold_1", 7, estimated=True, marks=("usage_unheard",))),
    Void("hold_2", 12.5),
    Post(post_order("hold_3", 0)),
]
WHOLE = MARK + b"".join(map(frame, BOOKINGS))


def test_what_was_written_is_read() -> None:
    assert read_frames(WHOLE) == (BOOKINGS, len(WHOLE))
    assert read_frames(MARK) == ([], len(MARK))


@given(st.integers(0, len(WHOLE) - 1))
def test_what_was_cut_off_in_writing_is_left_out_and_nothing_else(at: int) -> None:
    bookings, end = read_frames(WHOLE[:at])
    assert bookings == BOOKINGS[: len(bookings)]
    assert len(bookings) < len(BOOKINGS)
    assert end <= at
    if at >= len(MARK):
        assert read_frames(WHOLE[:end]) == (bookings, end)


@given(st.integers(len(MARK), len(WHOLE) - 1), st.integers(1, 255))
def test_a_byte_that_changed_ends_what_can_be_trusted(at: int, change: int) -> None:
    damaged = bytearray(WHOLE)
    damaged[at] ^= change
    bookings, end = read_frames(bytes(damaged))
    assert bookings == BOOKINGS[: len(bookings)]
    assert end <= at


@pytest.mark.parametrize("data", [b"SQLite format 3\0", b"waystation journal 2\n", MARK + frame(b"?")])  # type: ignore[arg-type]
def test_what_is_no_journal_is_not_read(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"begin as a journal|can't be read"):
        read_frames(data)
