"""A caller's connection, from its first byte to its last."""

import asyncio
import tracemalloc
from contextlib import suppress
from typing import Any

import pytest

from tests.adapters.http_server.sockets import (
    CLOSE,
    GET,
    STREAM,
    Message,
    answering,
    calling,
    echo,
    serving,
    talk,
    whole,
)
from tests.relay.world import until
from waystation.adapters.http_server import connection
from waystation.adapters.http_server.connection import HEAD_BYTES_MAX, HEADERS_MAX


async def test_a_connection_serves_again_until_the_caller_closes() -> None:
    async with serving(answering(*whole(b"hi"))) as server:
        answer = await talk(server, GET + CLOSE)
    assert answer.count(b"HTTP/1.1 200 OK\r\n") == 2
    assert (answer.count(b"\r\n\r\nhi"), answer.count(b"connection: close")) == (2, 1)


async def test_pipelined_requests_are_answered_in_their_order() -> None:
    async with serving(echo) as server:
        requests = [b"POST /%d HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\n\r\nb" % n for n in range(3)]
        answer = await talk(server, b"".join(requests) + CLOSE)
    assert 0 < answer.find(b"/0  b") < answer.find(b"/1  b") < answer.find(b"/2  b")


async def test_a_path_is_unquoted_and_its_query_kept() -> None:
    async with serving(echo) as server:
        answer = await talk(server, b"GET /a%20b/%E9%A9%BF?c=%20d HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
    assert answer.endswith("/a b/驿 c=%20d ".encode())


@pytest.mark.parametrize(
    "request_",
    [
        b"GET /" + b"x" * HEAD_BYTES_MAX + b" HTTP/1.1\r\nhost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost: " + b"x" * HEAD_BYTES_MAX + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * (HEADERS_MAX + 1) + b"\r\n",
        b"\x16\x03\x01\x02\x00",
        b"GET / HTTP/1.1\r\nno colon\r\n\r\n",
    ],
    ids=["target", "head", "headers", "tls", "garbage"],
)
async def test_a_head_past_its_bounds_never_reaches_the_application(request_: bytes) -> None:
    reached: list[Message] = []

    async def app(scope: Message, _receive: object, _send: object) -> None:
        reached.append(scope)

    async with serving(app) as server:
        answer = await talk(server, request_)
    assert (answer.startswith((b"HTTP/1.1 400 ", b"HTTP/1.1 431 ")), reached) == (True, [])


async def test_a_head_within_its_bounds_is_taken() -> None:
    head = b"GET / HTTP/1.1\r\nconnection: close\r\n" + b"a: b\r\n" * (HEADERS_MAX - 1) + b"\r\n"
    async with serving(answering(*whole(b"hi"))) as server:
        assert (await talk(server, head)).endswith(b"hi")


@pytest.mark.parametrize("sent", [b"", b"GET / HTTP/1.1\r\nhost: x\r\n"])
async def test_a_caller_who_sends_no_whole_head_is_dropped(monkeypatch: pytest.MonkeyPatch, sent: bytes) -> None:
    monkeypatch.setattr(connection, "HEAD_S", 0.05)
    async with serving(answering(*whole(b"hi"))) as server, calling(server) as (reader, writer):
        writer.write(sent)
        with suppress(ConnectionResetError):
            assert await reader.read() == b""


async def test_a_call_may_take_longer_than_a_head(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "HEAD_S", 0.05)

    async def slow(_scope: Message, _receive: object, send: Any) -> None:
        await asyncio.sleep(0.15)
        for message in whole(b"hi"):
            await send(message)

    async with serving(slow) as server, calling(server) as (reader, writer):
        for request in (GET, CLOSE):  # a head that is asked for anew has its whole time again
            writer.write(request)
            await asyncio.sleep(0.02)
        assert (await reader.read()).count(b"hi") == 2


async def test_a_hang_up_is_told_at_once() -> None:
    told, lines = asyncio.Event(), []

    async def app(scope: Message, _receive: object, send: Any) -> None:
        line = scope["extensions"]["waystation.connection"]
        lines.append(line)
        assert not line.lost
        line.react = told.set
        await told.wait()
        for message in STREAM:
            await send(message)

    async with serving(app) as server:
        async with calling(server) as (_, writer):
            writer.write(GET)
            await until(lambda: bool(lines))
        await asyncio.wait_for(told.wait(), 10)
    assert lines[0].lost


async def test_an_abort_frees_what_waits_for_the_caller() -> None:
    lines, done = [], asyncio.Event()

    async def app(scope: Message, _receive: object, send: Any) -> None:
        lines.append(scope["extensions"]["waystation.connection"])
        await send(STREAM[0])
        while not lines[0].lost:
            await send({"type": "http.response.body", "body": b"x" * 65_536, "more_body": True})
        done.set()

    async with serving(app) as server, calling(server) as (_, writer):
        writer.write(GET)
        await asyncio.sleep(0.1)
        lines[0].abort()
        await asyncio.wait_for(done.wait(), 10)


async def test_an_offer_to_change_the_protocol_is_passed_over_and_the_body_kept() -> None:
    """Java's HTTP client makes it with its first request."""
    offer = b"connection: Upgrade, HTTP2-Settings\r\nupgrade: h2c\r\nhttp2-settings: AAEAAEAAAAIAAAAB\r\n"
    post = b"POST /a HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\n" + offer + b"\r\nbo"
    async with serving(echo) as server, calling(server) as (reader, writer):
        writer.write(post)
        await asyncio.sleep(0.02)
        writer.write(b"dy" + post + b"dz" + CLOSE)
        answer = await reader.read()
    assert answer.count(b"HTTP/1.1 200 OK") == 3
    assert 0 < answer.find(b"/a  body") < answer.find(b"/a  bodz") < answer.find(b"/  ")


async def test_an_offer_from_an_old_client_is_answered_in_its_version() -> None:
    request = b"GET /a HTTP/1.0\r\nconnection: upgrade\r\nupgrade: h2c\r\n\r\n"
    async with serving(answering(*STREAM)) as server:
        head, _, body = (await talk(server, request)).partition(b"\r\n\r\n")
    assert (b"chunked" in head, body) == (False, b"onetwo")


async def test_many_offers_in_one_read_are_each_passed_over() -> None:
    request = b"GET /a HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: h2c\r\n\r\n"
    async with serving(echo) as server:
        assert (await talk(server, request * 900 + CLOSE)).count(b"HTTP/1.1 200 OK") == 901


async def test_an_offer_keeps_the_wish_to_close() -> None:
    request = b"GET /a HTTP/1.1\r\nhost: x\r\nconnection: close, upgrade\r\nupgrade: websocket\r\n\r\n"
    async with serving(echo) as server:
        assert b"connection: close" in await talk(server, request)


@pytest.mark.parametrize(
    "request_",
    [b"CONNECT x:443 HTTP/1.1\r\nhost: x\r\n\r\n", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"GET / HTTP/0.9\r\n\r\n"],
    ids=["proxy", "http2", "http0.9"],
)
async def test_what_is_no_request_to_an_origin_is_refused(request_: bytes) -> None:
    async with serving(echo) as server:
        answer = await talk(server, request_)
    assert (answer.startswith(b"HTTP/1.1 400 "), b'"type":"invalid_request_error"' in answer) == (True, True)


@pytest.mark.parametrize("tail", [b"nonsense\r\n\r\n", b"POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n"])
async def test_nonsense_after_a_good_request_is_refused_in_its_turn(tail: bytes) -> None:
    async def slow(scope: Message, receive: Any, send: Any) -> None:
        await asyncio.sleep(0.05)
        await echo(scope, receive, send)

    async with serving(slow) as server:
        answer = await talk(server, GET.replace(b"/ ", b"/a ") + GET.replace(b"/ ", b"/b ") + tail)
    assert 0 < answer.find(b"/a  ") < answer.find(b"/b  ") < answer.find(b"HTTP/1.1 400 ")
    assert answer.count(b"content-length") == 3


async def test_a_body_that_breaks_off_its_framing_is_refused_and_told_to_the_application() -> None:
    heard: list[str] = []

    async def app(_scope: Message, receive: Any, _send: Any) -> None:
        while (message := await receive())["type"] != "http.disconnect":
            assert message["more_body"]
        heard.append(message["type"])

    async with serving(app) as server:
        answer = await talk(server, b"POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\nzz\r\n")
        await until(lambda: bool(heard))
    assert answer.startswith(b"HTTP/1.1 400 ")


async def test_a_body_that_breaks_while_it_is_answered_cuts_the_answer() -> None:
    async def app(_scope: Message, _receive: object, send: Any) -> None:
        await send(STREAM[0])
        await send(STREAM[1])
        await asyncio.Event().wait()

    async with serving(app, drain_s=0.1) as server, calling(server) as (reader, writer):
        writer.write(b"POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n")
        await reader.readuntil(b"one\r\n")
        writer.write(b"zz\r\n")
        with suppress(ConnectionResetError):
            assert await reader.read() == b""


async def test_too_many_requests_in_one_read_are_refused() -> None:
    async with serving(echo) as server:
        answer = await talk(server, GET * 1500)
    assert (answer.count(b"HTTP/1.1 200 "), answer.count(b"HTTP/1.1 400 ")) == (connection.WAITING_MAX + 1, 1)


async def test_trailers_are_no_headers() -> None:
    seen: list[Message] = []

    async def app(scope: Message, receive: Any, send: Any) -> None:
        await echo(scope, receive, send)
        seen.append(scope)

    head = b"POST / HTTP/1.1\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n"
    request = head + b"1\r\na\r\n0\r\nx-api-key: b\r\n\r\n"
    async with serving(app) as server:
        assert (await talk(server, request)).endswith(b"/  a")
    assert [name for name, _ in seen[0]["headers"]] == [b"connection", b"transfer-encoding"]


async def test_trailers_without_end_take_no_memory() -> None:
    async def app(_scope: Message, receive: Any, _send: object) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass

    trailer = b"".join(b"x-%d: %b\r\n" % (number, b"y" * 1000) for number in range(1000))
    async with serving(app) as server, calling(server) as (_, writer):
        writer.write(b"POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n0\r\n")
        await until(lambda: bool(server.server_state.tasks))
        tracemalloc.start()
        try:
            for _ in range(20):
                writer.write(trailer)
                await writer.drain()
            held, _peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert held < 8_000_000


async def test_a_body_that_nobody_takes_is_not_read_without_end() -> None:
    taken = asyncio.Event()

    async def app(scope: Message, receive: Any, send: Any) -> None:
        await taken.wait()
        await echo(scope, receive, send)

    size = 32 * 1024 * 1024
    async with serving(app) as server, calling(server) as (reader, writer):
        writer.write(b"POST / HTTP/1.1\r\nconnection: close\r\ncontent-length: %d\r\n\r\n" % size)
        writer.write(b"x" * size)
        await asyncio.sleep(0.1)
        stuck = writer.transport.get_write_buffer_size()
        taken.set()
        answer = await reader.read()
    assert (stuck > size // 2, answer.count(b"x") >= size) == (True, True)


async def test_an_answer_before_the_bodys_end_is_not_lost() -> None:
    size = 32 * 1024 * 1024
    app = answering(*whole(b"too large", 413, (b"connection", b"close")))
    async with serving(app) as server, calling(server) as (reader, writer):
        writer.write(b"POST / HTTP/1.1\r\ncontent-length: %d\r\n\r\n" % size)
        for _ in range(size // 65_536):
            writer.write(b"x" * 65_536)
            await writer.drain()
        assert (await reader.read()).endswith(b"too large")


async def _pour(writer: asyncio.StreamWriter) -> None:
    while True:
        writer.write(b"x" * 65_536)
        await writer.drain()


async def test_an_answer_before_the_bodys_end_ends_the_connection() -> None:
    async with serving(answering(*whole(b"not found", 404))) as server:
        answer = await talk(server, b"POST / HTTP/1.1\r\ncontent-length: 99999999\r\n\r\nx")
    assert (answer.count(b"connection: close"), answer.endswith(b"not found")) == (1, True)


async def test_what_comes_after_an_answer_is_taken_in_for_a_while_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "LINGER_BYTES_MAX", 1_000_000)
    app = answering(*whole(b"too large", 413, (b"connection", b"close")))
    async with serving(app) as server, calling(server) as (_, writer):
        writer.write(b"POST / HTTP/1.1\r\ncontent-length: 99999999\r\n\r\n")
        with pytest.raises(ConnectionError):
            await _pour(writer)


async def test_a_caller_who_neither_ends_nor_closes_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "LINGER_S", 0.05)
    app = answering(*whole(b"too large", 413, (b"connection", b"close")))
    async with serving(app) as server, calling(server) as (reader, writer):
        writer.write(b"POST / HTTP/1.1\r\ncontent-length: 9\r\n\r\n")
        with suppress(ConnectionResetError):
            assert (await reader.read()).endswith(b"too large")
        await until(lambda: not server.server_state.connections)


async def test_an_idle_connection_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "KEEP_ALIVE_S", 0.05)
    async with serving(answering(*whole(b"hi"))) as server:
        assert (await talk(server, GET)).endswith(b"hi")


async def test_a_slow_reader_keeps_its_connection_as_long_as_it_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "KEEP_ALIVE_S", 0.05)
    monkeypatch.setattr(connection, "LINGER_S", 0.05)
    body = b"x" * 32 * 1024 * 1024
    async with serving(answering(*whole(body))) as server, calling(server) as (reader, writer):
        writer.write(GET)
        size = 0
        while data := await reader.read(4 * 1024 * 1024):
            size += len(data)
            await asyncio.sleep(0.02)
    assert size > len(body)


async def test_a_target_may_name_the_server() -> None:
    async with serving(echo) as server:
        answer = await talk(server, b"GET http://x:80/a?b HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
    assert answer.endswith(b"/a b ")


async def test_who_aborts_knows_at_once() -> None:
    """Not only when the loop turns: an application that sends without a pause would never let it."""
    lost: list[bool] = []

    async def app(scope: Message, _receive: object, _send: object) -> None:
        line = scope["extensions"]["waystation.connection"]
        line.abort()
        lost.append(line.lost)

    async with serving(app) as server, calling(server) as (reader, writer):
        writer.write(GET)
        with suppress(ConnectionResetError):
            assert await reader.read() == b""
    assert lost == [True]
