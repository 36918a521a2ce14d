"""Odd heads, and odd ends of bodies."""

from typing import Any

import pytest

from tests.demo.raw import DONE, HELLO, STREAM, Got, connected, parse, seen, spoiled
from waystation.demo.upstream import DemoSettings, DemoUpstream

BOTH = pytest.mark.parametrize("what", [HELLO, STREAM], ids=["plain", "stream"])


def _healthy(got: Got, what: dict[str, Any]) -> bool:
    return got.status == 200 and (got.body.endswith(DONE) if what is STREAM else "choices" in got.json())


@BOTH
async def test_http_1_0_ends_with_the_connection(what: dict[str, Any]) -> None:
    raw, end = await spoiled("http10-close", what)
    got = parse(raw)
    assert (got.version, got.header("content-length"), got.header("transfer-encoding"), end) == (
        "HTTP/1.0",
        None,
        None,
        "fin",
    )
    assert _healthy(got, what)


@BOTH
@pytest.mark.parametrize(
    ("fault", "before"),
    [
        ("100-continue", b"HTTP/1.1 100 Continue\r\n\r\n"),
        ("103-early-hints", b"HTTP/1.1 103 Early Hints\r\nlink: </style.css>; rel=preload\r\n\r\n" * 2),
    ],
)
async def test_interim_answers_come_first(fault: str, before: bytes, what: dict[str, Any]) -> None:
    raw, _ = await spoiled(fault, what)
    assert raw.startswith(before)
    assert _healthy(parse(raw.removeprefix(before)), what)


@BOTH
async def test_trailers_follow_the_last_chunk(what: dict[str, Any]) -> None:
    raw, _ = await spoiled("trailers", what)
    assert parse(raw).header("trailer") == "x-checksum"
    assert raw.endswith(b"\r\n0\r\nx-checksum: 0badcafe\r\nset-cookie: trailer=1\r\n\r\n")
    assert _healthy(parse(raw), what)


@BOTH
async def test_a_length_may_be_short(what: dict[str, Any]) -> None:
    raw, end = await spoiled("content-length-short", what)
    got = parse(raw)
    assert (len(got.rest), end) == (10, "open")
    assert _healthy(Got(200, [], got.body + got.rest), what)


@BOTH
async def test_a_length_may_be_long(what: dict[str, Any]) -> None:
    raw, end = await spoiled("content-length-long", what)
    got = parse(raw)
    assert (int(got.header("content-length") or 0) - len(got.body), end) == (10, "fin")


@BOTH
async def test_two_lengths_differ(what: dict[str, Any]) -> None:
    raw, _ = await spoiled("double-content-length", what)
    first, second = (int(value) for name, value in parse(raw).headers if name == "content-length")
    assert first - second == 10


@BOTH
async def test_a_length_may_stand_beside_chunks(what: dict[str, Any]) -> None:
    got = await seen("te-and-cl", what)
    assert (got.header("content-length"), got.header("transfer-encoding")) == (str(len(got.body)), "chunked")
    assert _healthy(got, what)


@BOTH
@pytest.mark.parametrize(("fault", "size"), [("bad-chunk-size", b"zz"), ("huge-chunk-size", b"1" + b"0" * 20)])
async def test_a_chunk_size_may_be_nonsense(fault: str, size: bytes, what: dict[str, Any]) -> None:
    raw, end = await spoiled(fault, what)
    _, _, body = raw.partition(b"\r\n\r\n")
    length, _, rest = body.partition(b"\r\n")
    assert (rest[int(length, 16) :].startswith(b"\r\n" + size + b"\r\n"), end) == (True, "fin")


@BOTH
async def test_a_second_answer_follows_the_first(what: dict[str, Any]) -> None:
    raw, end = await spoiled("extra-bytes-after-response", what)
    first = parse(raw)
    assert (_healthy(first, what), parse(first.rest).json(), end) == (True, {"smuggled": True}, "open")


async def test_the_next_request_after_extra_bytes_is_answered_too() -> None:
    async with DemoUpstream(DemoSettings(fault="extra-bytes-after-response")) as upstream, connected(upstream) as raw:
        await raw.ask(HELLO)
        assert (await raw.ask(HELLO)).json() == {"smuggled": True}
        assert "choices" in (await raw.answer()).json()


@BOTH
async def test_one_header_may_be_huge(what: dict[str, Any]) -> None:
    got = await seen("huge-header", what)
    assert got.header("x-huge") == "h" * (1 << 20)
    assert _healthy(got, what)


@BOTH
async def test_there_may_be_many_headers(what: dict[str, Any]) -> None:
    got = await seen("many-headers", what)
    assert sum(name.startswith("x-many-") for name, _ in got.headers) == 10_000
    assert _healthy(got, what)


@BOTH
async def test_internal_headers_show(what: dict[str, Any]) -> None:
    got = await seen("internal-headers", what)
    assert sum(name == "set-cookie" for name, _ in got.headers) == 2
    assert got.header("x-upstream-key") == "sk-test"
    assert _healthy(got, what)


@BOTH
async def test_headers_of_this_hop_show(what: dict[str, Any]) -> None:
    got = parse((await spoiled("hop-headers", what))[0])
    assert (got.header("connection"), got.header("x-hop")) == ("x-hop", "mine")
    assert _healthy(got, what)


async def test_a_header_is_folded() -> None:
    raw, _ = await spoiled("folded-header", HELLO)
    assert b"\r\nx-folded: one\r\n two\r\nx-bare: a\rb\r\n" in raw


@BOTH
async def test_chunks_have_extensions(what: dict[str, Any]) -> None:
    raw, _ = await spoiled("chunk-extensions=3", what)
    assert raw.count(b";x=eee\r\n") == (9 if what is STREAM else 1)
    assert _healthy(parse(raw), what)
