"""The server by raw sockets: what the application says is what arrives, and a caller who breaks the rules is let go."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from waystation.adapters import http_server
from waystation.adapters.http_server import HEAD_BYTES_MAX, Server, server_for

HOST = b"Host: x\r\n"


async def echo(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Answers with the body it got; /stream in two chunks, /none with 204, /slow after a while."""
    body = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        body += message["body"]
        if not message["more_body"]:
            break
    path = scope["path"]
    if path == "/slow":
        await asyncio.sleep(0.3)
    if path == "/none":
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body"})
    elif path == "/stream":
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/event-stream")]})
        await send({"type": "http.response.body", "body": b"one", "more_body": True})
        await send({"type": "http.response.body", "body": b"two", "more_body": False})
    else:
        headers = [(b"content-length", b"%d" % len(body))]
        if path == "/close":
            headers.append((b"connection", b"close"))
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})


@asynccontextmanager
async def serving(app: Any = echo, drain_s: float = 1.0) -> AsyncIterator[Server]:
    server = server_for(app, host="127.0.0.1", port=0, drain_s=drain_s)
    task = asyncio.create_task(server.serve())
    await server.listening.wait()
    try:
        yield server
    finally:
        server.stop()
        await task


async def said(server: Server, request: bytes) -> bytes:
    """Everything that the server says to a request, until it closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(request)
    try:
        async with asyncio.timeout(5):
            return await reader.read()
    finally:
        writer.close()


def post(path: str, body: bytes, *headers: bytes, version: bytes = b"1.1") -> bytes:
    head = b"".join(header + b"\r\n" for header in (*headers, b"Content-Length: %d" % len(body)))
    return b"POST " + path.encode() + b" HTTP/" + version + b"\r\n" + HOST + head + b"\r\n" + body


async def test_a_plain_answer_leaves_whole() -> None:
    async with serving() as server:
        answer = await said(server, post("/", b"hello", b"Connection: close"))
    head, _, body = answer.partition(b"\r\n\r\n")
    assert body == b"hello"
    assert head.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"content-length: 5" in head
    assert head.count(b"connection: close") == 1


async def test_a_stream_is_chunked_and_ends() -> None:
    async with serving() as server:
        answer = await said(server, post("/stream", b"", b"Connection: close"))
    assert answer.endswith(b"\r\n\r\n3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n")
    assert b"transfer-encoding: chunked" in answer


async def test_http_1_0_gets_its_stream_unchunked_until_the_close() -> None:
    async with serving() as server:
        answer = await said(server, post("/stream", b"", version=b"1.0"))
    assert answer.endswith(b"\r\n\r\nonetwo")
    assert b"chunked" not in answer


async def test_204_has_no_body_and_head_none_either() -> None:
    async with serving() as server:
        none = await said(server, post("/none", b"", b"Connection: close"))
        head = await said(server, b"HEAD / HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n")
    assert none.endswith(b"\r\n\r\n")
    assert b"transfer-encoding" not in none
    assert head.endswith(b"content-length: 0\r\nconnection: close\r\n\r\n")


async def test_pipelined_requests_are_answered_in_order() -> None:
    async with serving() as server:
        answer = await said(server, post("/slow", b"first") + post("/", b"second") + post("/close", b"third"))
    assert [part.rpartition(b"\r\n\r\n")[2] for part in answer.split(b"HTTP/1.1 200 OK")[1:]] == [
        b"first",
        b"second",
        b"third",
    ]


async def test_a_large_body_and_a_chunked_one_arrive() -> None:
    body = bytes(range(256)) * 4096
    chunked = b"POST /close HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
    async with serving() as server:
        assert (await said(server, post("/close", body))).endswith(body)
        assert (await said(server, chunked)).endswith(b"\r\n\r\nabcde")


async def test_100_continue_is_given_to_who_waits_for_it() -> None:
    async with serving() as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(post("/close", b"hello", b"Expect: 100-continue")[:-5])
        assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        writer.write(b"hello")
        assert (await reader.read()).endswith(b"hello")
        writer.close()


@pytest.mark.parametrize(
    "request_",
    [
        b"\x16\x03\x01 this is TLS",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + HOST + b"X: " + b"a" * HEAD_BYTES_MAX + b"\r\n\r\n",
        b"GET /" + b"a" * HEAD_BYTES_MAX + b" HTTP/1.1\r\n" + HOST + b"\r\n",
        b"GET / HTTP/1.1\r\n" + HOST + b"".join(b"X-%d: 1\r\n" % number for number in range(200)) + b"\r\n",
        b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
        b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    ],
)
async def test_what_is_no_good_http_is_refused_and_let_go(request_: bytes) -> None:
    async with serving() as server:
        answer = await said(server, request_)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert answer.count(b"HTTP/1.1") == 1


async def test_who_never_finishes_a_head_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_server, "HEAD_S", 0.2)
    async with serving() as server:
        assert await said(server, b"") == b""
        assert await said(server, b"POST / HTTP/1.1\r\nHost: x\r\nX-Half:") == b""


async def test_the_application_learns_at_once_that_its_caller_hung_up() -> None:
    told = asyncio.Event()

    async def app(scope: dict[str, Any], receive: Any, _send: Any) -> None:
        scope["extensions"]["waystation.connection"].react = told.set
        await receive()
        await asyncio.wait_for(told.wait(), 5)

    async with serving(app) as server:
        _, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(post("/", b"x"))
        await writer.drain()
        await asyncio.sleep(0.05)
        writer.close()
        await asyncio.wait_for(told.wait(), 1)


async def test_an_aborted_connection_is_gone() -> None:
    async def app(scope: dict[str, Any], _receive: Any, send: Any) -> None:
        connection = scope["extensions"]["waystation.connection"]
        connection.abort()
        await asyncio.sleep(0)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body"})

    async with serving(app) as server:
        assert await said(server, post("/", b"x")) == b""


async def test_stop_lets_an_open_call_finish_and_refuses_new_ones() -> None:
    async with serving(drain_s=5) as server:
        open_call = asyncio.create_task(said(server, post("/slow", b"still here")))
        await asyncio.sleep(0.1)
        server.stop()
        assert (await open_call).endswith(b"still here")
        await asyncio.sleep(0.2)
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", server.port)
