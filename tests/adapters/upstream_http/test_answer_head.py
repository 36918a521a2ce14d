import pytest

from waystation.adapters.upstream_http.answer_head import HEAD_BYTES_MAX, HEADERS_MAX, complaint, kept_s

Headers = list[tuple[bytes, bytes]]


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [(b"content-length", b"3")],
        [(b"transfer-encoding", b"chunked")],
        [(b"transfer-encoding", b"Chunked")],
        [(b"content-encoding", b"identity")],
        [(b"x-a", b"1")] * HEADERS_MAX,
    ],
)
def test_good_heads_pass(headers: Headers) -> None:
    assert complaint(headers, 100) is None


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ([(b"transfer-encoding", b"gzip, chunked")], "transfer coding"),
        ([(b"transfer-encoding", b"identity")], "transfer coding"),
        ([(b"transfer-encoding", b"xchunked")], "transfer coding"),
        ([(b"transfer-encoding", b"chunked"), (b"transfer-encoding", b"chunked")], "transfer coding"),
        ([(b"content-encoding", b"gzip")], "content coding"),
        ([(b"content-encoding", b"identity"), (b"content-encoding", b"br")], "content coding"),
        ([(b"x-a", b"1")] * (HEADERS_MAX + 1), "too many headers"),
    ],
)
def test_heads_that_we_cannot_trust_are_named(headers: Headers, expected: str) -> None:
    assert expected in (complaint(headers, 100) or "")


def test_only_the_head_counts_not_the_body_that_came_with_it() -> None:
    assert complaint([(b"x-a", b"1")], HEAD_BYTES_MAX * 4) is None
    assert complaint([(b"x-a", b"1" * HEAD_BYTES_MAX)], HEAD_BYTES_MAX + 9) == "the head is too large"


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (b"timeout=5", 4.0),
        (b"timeout=5, max=1000", 4.0),
        (b"max=3,timeout=20", 19.0),
        (b'Timeout = "9"', 8.0),
        (b"timeout=300", 30.0),
        (b"timeout=1", 0.0),
        (b"max=5", 30.0),
        (b"xtimeout=5", 30.0),
        (b"timeout=no", 30.0),
    ],
)
def test_the_servers_patience_bounds_ours(said: bytes, expected: float) -> None:
    assert kept_s(said, 30.0) == expected
