"""Server-sent events: whatever the chunking, whatever the line ends."""

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waystation.dialects.framing import Frame, SseReader
from waystation.wire.errors import BodyTooLarge

PIECES = [
    b"\n",
    b"\r",
    b"\r\n",
    b"\n\n",
    b":",
    b" ",
    b"x",
    b"data",
    b"data: ",
    b"event: e",
    b"id: 1",
    b"\xef\xbb\xbf",
    b"{}",
]
streams = st.lists(st.sampled_from(PIECES), max_size=24).map(b"".join)


def read(stream: bytes, cuts: list[int] | None = None) -> list[Frame]:
    reader = SseReader(1_000)
    edges = [0, *sorted(cut % (len(stream) + 1) for cut in cuts or ()), len(stream)]
    frames = [frame for start, end in pairwise(edges) for frame in reader.feed(stream[start:end])]
    return frames + reader.close()


def dispatched(stream: bytes) -> list[tuple[bytes, bytes]]:
    """The standard's algorithm, line by line, and one more dispatch at the end."""
    lines = re.split(rb"\r\n|\r|\n", stream.removeprefix(b"\xef\xbb\xbf"))
    events = []
    name, data = b"", None
    for line in [*lines, b""]:
        if not line:
            if data is not None:
                events.append((name, data))
            name, data = b"", None
            continue
        field, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if field == b"data":
            data = value if data is None else data + b"\n" + value
        elif field == b"event":
            name = value
    return events


@pytest.mark.parametrize(
    ("stream", "event", "data"),
    [
        (b'data: {"a":1}\n\n', b"", b'{"a":1}'),
        (b"data:tight\n\n", b"", b"tight"),
        (b"data:  one space is kept\n\n", b"", b" one space is kept"),
        (b"data: a\ndata: b\n\n", b"", b"a\nb"),
        (b"data\n\n", b"", b""),
        (b"data: x\r\n\r\n", b"", b"x"),
        (b"data: x\r\r", b"", b"x"),
        (b"data: x\n\r\n", b"", b"x"),
        (b"event: error\ndata: x\n\n", b"error", b"x"),
        (b": thinking\nid: 7\nretry: 1\ndata: x\n\n", b"", b"x"),
        (b": keep-alive\n\n", b"", None),
        (b"event: ping\n\n", b"ping", None),
        (b"data: a:b\n\n", b"", b"a:b"),
        (b"data : not data\n\n", b"", None),
    ],
)
def test_one_event(stream: bytes, event: bytes, data: bytes | None) -> None:
    assert SseReader(100).feed(stream) == [Frame(stream, event, data)]


def test_a_byte_order_mark_is_dropped_even_in_pieces() -> None:
    reader = SseReader(100)
    got = [reader.feed(b"\xef"), reader.feed(b"\xbb"), reader.feed(b"\xbfdata: x\n\n")]
    assert got == [[], [], [Frame(b"data: x\n\n", b"", b"x")]]


def test_a_byte_order_mark_later_on_is_text() -> None:
    assert [frame.data for frame in read(b"data: x\n\n\xef\xbb\xbfdata: y\n\n")] == [b"x", None]


def test_a_crlf_split_over_two_feeds_ends_one_line() -> None:
    reader = SseReader(100)
    assert reader.feed(b"data: x\r\n\r") == []
    assert reader.feed(b"\ndata: y\r") == [Frame(b"data: x\r\n\r\n", b"", b"x")]
    assert reader.feed(b"\n\r\n") == [Frame(b"data: y\r\n\r\n", b"", b"y")]


def test_streams_of_lone_carriage_returns_are_not_delayed() -> None:
    reader = SseReader(100)
    assert reader.feed(b"data: x\r") == []
    assert reader.feed(b"\r") == [Frame(b"data: x\r\r", b"", b"x")]


def test_many_events_come_out_of_one_feed() -> None:
    reader = SseReader(100)
    frames = reader.feed(b": hi\n\ndata: x\n\ndata: y\n\n\n")
    assert [frame.raw for frame in frames] == [b": hi\n\n", b"data: x\n\n", b"data: y\n\n"]
    assert reader.feed(b"data: z\n\n") == [Frame(b"\ndata: z\n\n", b"", b"z")]


def test_an_event_without_its_empty_line_comes_at_the_end() -> None:
    assert read(b"data: x\n") == [Frame(b"data: x\n\n", b"", b"x")]
    assert read(b"data: x") == [Frame(b"data: x\n\n", b"", b"x")]
    assert read(b"data: x\n\n\n") == [Frame(b"data: x\n\n", b"", b"x")]


@given(streams, st.lists(st.integers(0, 200), max_size=8))
def test_any_chunking_gives_the_same_frames(stream: bytes, cuts: list[int]) -> None:
    assert read(stream, cuts) == read(stream)


@given(streams)
def test_byte_by_byte_gives_the_same_frames(stream: bytes) -> None:
    assert read(stream, list(range(len(stream)))) == read(stream)


@given(streams)
def test_events_are_those_of_the_standard(stream: bytes) -> None:
    assert [(frame.event, frame.data) for frame in read(stream) if frame.data is not None] == dispatched(stream)


@given(streams, st.lists(st.integers(0, 200), max_size=8))
def test_no_byte_is_lost(stream: bytes, cuts: list[int]) -> None:
    text = stream.removeprefix(b"\xef\xbb\xbf")
    raw = b"".join(frame.raw for frame in read(stream, cuts))
    assert raw.startswith(text.rstrip(b"\r\n"))
    assert set(raw[len(text) :]) <= set(b"\n")


@pytest.mark.parametrize("size", [1, 7, 50])
def test_an_event_past_the_bound_is_refused_in_any_chunking(size: int) -> None:
    fits = b"data: " + b"x" * 42 + b"\n\n"
    reader = SseReader(50)
    got = [frame for at in range(0, 50, size) for frame in reader.feed(fits[at : at + size])]
    assert [frame.raw for frame in got] == [fits]
    too_long = b"data: " + b"x" * 43 + b"\n\n"
    with pytest.raises(BodyTooLarge):
        [reader.feed(too_long[at : at + size]) for at in range(0, len(too_long), size)]


def test_a_line_that_never_ends_is_refused_at_the_bound() -> None:
    reader = SseReader(1_000)
    for _ in range(10):
        reader.feed(b"x" * 100)
    with pytest.raises(BodyTooLarge):
        reader.feed(b"x")


def test_an_event_of_too_many_lines_is_refused() -> None:
    with pytest.raises(BodyTooLarge, match="lines"):
        SseReader(1_000_000).feed(b"data:\n" * 10_000 + b"\n")
    assert len(SseReader(1_000_000).feed(b"data:\n" * 9_990 + b"\n")) == 1


def test_small_events_in_a_feed_larger_than_the_bound_pass() -> None:
    assert len(SseReader(10).feed(b"data: x\n\n" * 5)) == 5


def test_a_huge_event_in_small_pieces_is_not_searched_again() -> None:
    """A million bytes in pieces of 64 take milliseconds; with a search from the start each time, minutes."""
    event = b"data: " + b"x" * 4_000_000 + b"\n\n"
    reader = SseReader(5_000_000)
    got = [frame for at in range(0, len(event), 64) for frame in reader.feed(event[at : at + 64])]
    assert [len(frame.raw) for frame in got] == [len(event)]


@given(st.text("a: \n", max_size=12), st.text("a: \n", max_size=12))
def test_a_name_and_its_data_are_read_alike_on_the_short_way_and_the_long_one(name: str, data: str) -> None:
    short = f"event: {name}\ndata: {data}\n\n".encode()
    frames = SseReader(1_000).feed(short)
    assert [(frame.event, frame.data) for frame in frames] == [
        (frame.event, frame.data) for frame in SseReader(1_000).feed(short.replace(b"\n", b"\r\n"))
    ]
