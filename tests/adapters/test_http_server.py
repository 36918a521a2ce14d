"""The server on loopback, asked by sockets."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest

from tests.relay.world import until
from waystation.adapters import http_server
from waystation.adapters.http_server import HEAD_BYTES_MAX, HEADERS_MAX, Server, server_for

Message = dict[str, Any]
App = Callable[[Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]], Awaitable[None]]


@asynccontextmanager
async def serving(app: App, *, drain_s: float = 5.0) -> AsyncIterator[Server]:
    server = server_for(app, host="127.0.0.1", port=0, drain_s=drain_s)
    task = asyncio.create_task(server.serve())
    await server.listening.wait()
    yield server
    server.stop()
    await task


@asynccontextmanager
async def calling(server: Server) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port, limit=1 << 24)
    try:
        async with asyncio.timeout(20):
            yield reader, writer
    finally:
        writer.close()


async def talk(server: Server, request: bytes) -> bytes:
    """All that is answered until the server closes."""
    async with calling(server) as (reader, writer):
        writer.write(request)
        return await reader.read()


def whole(body: bytes, status: int = 200, *headers: tuple[bytes, bytes]) -> list[Message]:
    length = () if status == 204 else ((b"content-length", b"%d" % len(body)),)
    return [
        {"type": "http.response.start", "status": status, "headers": [*length, *headers]},
        {"type": "http.response.body", "body": body},
    ]


def answering(*messages: Message) -> App:
    async def app(_scope: Message, _receive: object, send: Any) -> None:
        for message in messages:
            await send(message)

    return app


async def echo(scope: Message, receive: Callable[[], Awaitable[Message]], send: Any) -> None:
    """The path and the body."""
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message.get("body", b""), message.get("more_body", False)
    for message in whole(scope["path"].encode() + b" " + scope["query_string"] + b" " + body):
        await send(message)


STREAM = (
    {"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/event-stream")]},
    {"type": "http.response.body", "body": b"one", "more_body": True},
    {"type": "http.response.body", "body": b"", "more_body": True},
    {"type": "http.response.body", "body": b"two"},
)
GET = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n"
CLOSE = b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"


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


async def test_what_comes_after_an_answers_end_does_not_spoil_the_next_one() -> None:
    async with serving(answering(*STREAM, STREAM[1])) as server:
        answer = await talk(server, GET + CLOSE)
    assert answer.count(b"0\r\n\r\n") == answer.count(b"HTTP/1.1 200 OK") == 2
    assert (answer.count(b"one"), answer.endswith(b"3\r\ntwo\r\n0\r\n\r\n")) == (2, True)


async def test_a_path_is_unquoted_and_its_query_kept() -> None:
    async with serving(echo) as server:
        answer = await talk(server, b"GET /a%20b/%E9%A9%BF?c=%20d HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
    assert answer.endswith("/a b/驿 c=%20d ".encode())


async def test_what_has_no_length_is_chunked() -> None:
    async with serving(answering(*STREAM)) as server:
        head, _, body = (await talk(server, CLOSE)).partition(b"\r\n\r\n")
    assert b"transfer-encoding: chunked" in head
    assert body == b"3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n"


async def test_an_old_client_gets_the_body_until_the_end_of_the_connection() -> None:
    async with serving(answering(*STREAM)) as server:
        head, _, body = (await talk(server, b"GET / HTTP/1.0\r\nconnection: keep-alive\r\n\r\n")).partition(b"\r\n\r\n")
    assert (b"chunked" in head, body) == (False, b"onetwo")


@pytest.mark.parametrize("messages", [whole(b"hi"), STREAM])
async def test_head_is_answered_without_a_body(messages: list[Message]) -> None:
    async with serving(answering(*messages)) as server:
        answer = await talk(server, CLOSE.replace(b"GET", b"HEAD"))
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert answer.endswith(b"\r\n\r\n")


async def test_204_has_no_body_and_no_framing() -> None:
    async with serving(answering(*whole(b"", 204))) as server:
        answer = await talk(server, CLOSE)
    assert answer.startswith(b"HTTP/1.1 204 No Content\r\n")
    assert (b"chunked" in answer, answer.endswith(b"\r\n\r\n")) == (False, True)


async def test_an_answer_may_close_the_connection() -> None:
    async with serving(answering(*whole(b"no", 401, (b"connection", b"close")))) as server:
        answer = await talk(server, GET)
    assert (answer.count(b"connection: close"), answer.endswith(b"no")) == (1, True)


@pytest.mark.parametrize(("expect", "continued"), [(b"100-continue", 1), (b"something", 0)])
async def test_a_caller_who_waits_for_a_word_is_told_to_go_on(expect: bytes, continued: int) -> None:
    head = b"POST /x HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 1\r\nexpect: " + expect + b"\r\n\r\n"
    async with serving(echo) as server, calling(server) as (reader, writer):
        writer.write(head)
        await asyncio.sleep(0.05)
        writer.write(b"b")
        answer = await reader.read()
    assert (answer.count(b"100 Continue"), answer.endswith(b"/x  b")) == (continued, True)


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
    assert (answer.startswith(b"HTTP/1.1 400 "), reached) == (True, [])


async def test_a_head_within_its_bounds_is_taken() -> None:
    head = b"GET / HTTP/1.1\r\nconnection: close\r\n" + b"a: b\r\n" * (HEADERS_MAX - 1) + b"\r\n"
    async with serving(answering(*whole(b"hi"))) as server:
        assert (await talk(server, head)).endswith(b"hi")


@pytest.mark.parametrize("sent", [b"", b"GET / HTTP/1.1\r\nhost: x\r\n"])
async def test_a_caller_who_sends_no_whole_head_is_dropped(monkeypatch: pytest.MonkeyPatch, sent: bytes) -> None:
    monkeypatch.setattr(http_server, "HEAD_S", 0.05)
    async with serving(answering(*whole(b"hi"))) as server, calling(server) as (reader, writer):
        writer.write(sent)
        with suppress(ConnectionResetError):
            assert await reader.read() == b""


async def test_a_call_may_take_longer_than_a_head(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_server, "HEAD_S", 0.05)

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


async def test_what_is_written_waits_for_a_caller_who_does_not_read() -> None:
    written = 0
    piece = {"type": "http.response.body", "body": b"x" * 65_536, "more_body": True}

    async def app(_scope: Message, _receive: object, send: Any) -> None:
        nonlocal written
        await send(STREAM[0])
        for _ in range(1000):
            await send(piece)
            written += 1
        await send(STREAM[-1])

    async with serving(app) as server, calling(server) as (reader, writer):
        writer.write(CLOSE)
        before = -1
        while before != written or written == 0:  # until it is stuck
            before = written
            await asyncio.sleep(0.05)
        assert written < 900
        read = 0
        while data := await reader.read(1 << 20):
            read += len(data)
    assert (written, read > 65_536_000) == (1000, True)


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


async def test_a_stop_lets_open_calls_finish() -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def app(_scope: Message, _receive: object, send: Any) -> None:
        begun.set()
        await go_on.wait()
        for message in whole(b"hi"):
            await send(message)

    async with serving(app) as server, calling(server) as (reader, writer):
        writer.write(GET)
        await begun.wait()
        server.stop()
        go_on.set()
        assert (await reader.read()).endswith(b"hi")


async def test_a_second_stop_waits_for_nobody() -> None:
    begun = asyncio.Event()

    async def app(_scope: Message, _receive: object, _send: Any) -> None:
        begun.set()
        await asyncio.Event().wait()

    server = server_for(app, host="127.0.0.1", port=0, drain_s=60.0)
    task = asyncio.create_task(server.serve())
    await server.listening.wait()
    async with calling(server) as (_, writer):
        writer.write(GET)
        await begun.wait()
        server.stop()
        server.stop()
        await asyncio.wait_for(task, 20)
