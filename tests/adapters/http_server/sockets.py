"""A server on loopback for one test, asked by sockets."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from waystation.adapters.http_server import Server, server_for

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
