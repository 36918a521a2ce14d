"""Bodies of the wrong kind, empty ones, and bombs."""

import json
import zlib
from typing import Any

import pytest

from tests.demo.raw import DONE, HELLO, STREAM, parse, seen, spoiled
from tests.demo.scenes import plain_scene, sent
from waystation.demo.faults import FAULTS, fault_named

BOTH = pytest.mark.parametrize("what", [HELLO, STREAM], ids=["plain", "stream"])


@BOTH
async def test_html_comes_with_status_200(what: dict[str, Any]) -> None:
    got = await seen("html-200", what)
    assert (got.status, got.header("content-type"), got.body[:15]) == (
        200,
        "text/html; charset=utf-8",
        b"<!doctype html>",
    )


@pytest.mark.parametrize(("what", "kind"), [(HELLO, "application/json"), (STREAM, "text/event-stream; charset=utf-8")])
async def test_html_may_claim_the_right_type(what: dict[str, Any], kind: str) -> None:
    got = await seen("html-as-json", what)
    assert (got.header("content-type"), got.body[:15]) == (kind, b"<!doctype html>")


@BOTH
async def test_empty_200_has_length_0(what: dict[str, Any]) -> None:
    got = await seen("empty-200", what)
    assert (got.status, got.header("content-length"), got.body) == (200, "0", b"")


@BOTH
async def test_empty_stream_has_no_chunk(what: dict[str, Any]) -> None:
    got, _ = await spoiled("empty-stream", what)
    assert got.endswith(b"transfer-encoding: chunked\r\n\r\n0\r\n\r\n")


async def test_json_comes_for_a_stream_and_a_stream_for_json() -> None:
    assert (await seen("json-for-stream", STREAM)).json()["object"] == "chat.completion"
    assert (await seen("json-for-stream", HELLO)).body.endswith(DONE)


async def test_a_huge_line_is_valid_and_as_long_as_ordered() -> None:
    plain = (await seen("huge-line=200000", HELLO)).json()
    assert plain["choices"][0]["message"]["content"] == "x" * 200_000 + "You said: Hello, you there"
    first = (await seen("huge-line=200000", STREAM)).events()[0]
    assert first["choices"][0]["delta"]["content"] == "x" * 200_000


def test_a_huge_line_is_64_mib_and_is_made_in_small_pieces() -> None:
    fault = FAULTS["huge-line"]
    sizes = [len(step) for step in fault.script(plain_scene(amount=fault.amount)) if isinstance(step, bytes)]
    assert sum(sizes) > 64 << 20
    assert max(sizes) < 100_000


@BOTH
async def test_an_endless_line_never_becomes_an_event(what: dict[str, Any]) -> None:
    got = await seen("endless-line=100000", what)
    assert got.body == b"data: {" + b"x" * 100_000


async def test_deep_json_is_nested_as_deep_as_ordered() -> None:
    assert (await seen("deep-json=3", HELLO)).json() == {"id": "deep", "choices": [[[]]]}
    assert (await seen("deep-json=3", STREAM)).events()[0] == {"id": "deep", "choices": [[[]]]}
    assert (await seen("deep-json", HELLO)).body.count(b"[") == 100_000


async def test_a_bomb_unpacks_to_the_healthy_body_after_many_empty_lines() -> None:
    got = await seen("gzip-bomb=8", HELLO)
    unpacked = zlib.decompress(got.body, wbits=zlib.MAX_WBITS | 16)  # checks length and checksum
    assert got.header("content-encoding") == "gzip"
    assert (unpacked[: 8 << 20].strip(), json.loads(unpacked)["object"]) == (b"", "chat.completion")


def test_a_bomb_is_a_thousandth_of_what_it_unpacks_to() -> None:
    fault = fault_named("gzip-bomb=64")
    assert len(parse(sent(fault.script(plain_scene(amount=fault.amount)))).body) * 900 < 64 << 20


@BOTH
async def test_gzip_is_the_healthy_body(what: dict[str, Any]) -> None:
    got = await seen("gzip", what)
    unpacked = zlib.decompress(got.body, wbits=zlib.MAX_WBITS | 16)
    assert unpacked.endswith(DONE if what is STREAM else b"}")
