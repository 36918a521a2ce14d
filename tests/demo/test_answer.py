"""The bytes and the script of an answer."""

import pytest

from tests.demo.scenes import acts, sent, waits
from waystation.demo.answer import Act, Answer, Framing, begun, chunk, framed, head, play, raw_head


def _answer(framing: Framing, *pieces: bytes) -> Answer:
    return Answer(200, (("x", "y"),), pieces, framing)


def test_a_head_is_a_status_line_and_headers() -> None:
    assert raw_head(529, [("a", "b")]) == b"HTTP/1.1 529 Site Overloaded\r\na: b\r\n\r\n"
    assert raw_head(799, ()) == b"HTTP/1.1 799 Unknown\r\n\r\n"


@pytest.mark.parametrize(
    ("framing", "told"),
    [
        (Framing.LENGTH, b"content-length: 5\r\n"),
        (Framing.CHUNKED, b"transfer-encoding: chunked\r\n"),
        (Framing.CLOSE, b""),
    ],
)
def test_the_head_tells_how_the_body_ends(framing: Framing, told: bytes) -> None:
    assert head(_answer(framing, b"hello")) == b"HTTP/1.1 200 OK\r\nx: y\r\n" + told + b"\r\n"


def test_a_chunk_has_its_size_in_hexadecimal() -> None:
    assert chunk(b"x" * 26) == b"1a\r\n" + b"x" * 26 + b"\r\n"


def test_a_plain_answer_is_one_write() -> None:
    answer = _answer(Framing.LENGTH, b"hello")
    assert list(play(answer, 1.0)) == [head(answer) + b"hello"]


def test_a_stream_waits_between_its_pieces() -> None:
    answer = _answer(Framing.CHUNKED, b"a", b"b", b"c")
    steps = list(play(answer, 0.5))
    assert waits(steps) == [0.5, 0.5]
    assert sent(steps) == head(answer) + b"1\r\na\r\n1\r\nb\r\n1\r\nc\r\n0\r\n\r\n"


def test_a_body_without_length_ends_with_fin() -> None:
    steps = list(play(_answer(Framing.CLOSE, b"a", b"b")))
    assert (acts(steps), sent(steps)[-2:]) == ([Act.FIN], b"ab")


def test_an_empty_piece_does_not_end_the_body() -> None:
    assert framed(_answer(Framing.CHUNKED, b"a", b"", b"b")) == [b"1\r\na\r\n", b"1\r\nb\r\n"]


def test_a_plain_body_has_a_middle() -> None:
    assert framed(_answer(Framing.LENGTH, b"hello")) == [b"he", b"llo"]
    assert framed(_answer(Framing.LENGTH, b"")) == []
    assert framed(_answer(Framing.CLOSE, b"a", b"b")) == [b"a", b"b"]


def test_an_answer_that_has_begun_is_its_head_and_half_of_its_pieces() -> None:
    answer = _answer(Framing.CHUNKED, b"a", b"b", b"c")
    steps = list(begun(answer, 0.5))
    assert (sent(steps), waits(steps)) == (head(answer) + b"1\r\na\r\n1\r\nb\r\n", [0.5])
