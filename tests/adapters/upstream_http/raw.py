"""Upstreams of bare sockets: each connection is a script that says exact bytes."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from waystation.ports import Endpoint, Outbound
from waystation.wire.catalogue import Timeouts

OK = b"HTTP/1.1 200 OK\r\n"
TIMEOUTS = Timeouts(connect_s=5.0, first_byte_s=5.0, idle_s=5.0, total_s=20.0)


class Peer:
    """The upstream's end of one connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int) -> None:
        self.reader = reader
        self.writer = writer
        self.number = number

    async def head(self) -> bytes:
        return await self.reader.readuntil(b"\r\n\r\n")

    async def request(self) -> bytes:
        """Head and body of the next request."""
        head = await self.head()
        length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        return head + await self.reader.readexactly(int(length.partition(b":")[2]))

    async def say(self, *pieces: bytes) -> None:
        """Each piece in a segment of its own, as far as that can be had."""
        for piece in pieces:
            self.writer.write(piece)
            await self.writer.drain()
            await asyncio.sleep(0)

    def reset(self) -> None:
        self.writer.transport.abort()

    async def until_closed(self) -> None:
        """Done when our end was closed; what it said until then is dropped."""
        with suppress(ConnectionError):
            while await self.reader.read(65536):
                pass


Script = Callable[[Peer], Awaitable[None]]


@dataclass
class Upstream:
    endpoint: Endpoint
    connections: int = 0


@asynccontextmanager
async def upstream(
    script: Script, *, tls: ssl.SSLContext | None = None, address: str = "127.0.0.1", port: int = 0
) -> AsyncIterator[Upstream]:
    """Runs the script on every connection and closes it afterwards. A script that fails, fails the test."""
    served = Upstream(Endpoint("http", address, port))
    serving: list[asyncio.Task[None]] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        served.connections += 1
        task = asyncio.current_task()
        assert task is not None
        serving.append(task)
        try:
            # The other side may leave at any time, and the test may end.
            with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
                await script(Peer(reader, writer, served.connections))
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    server = await asyncio.start_server(serve, address, port, ssl=tls, limit=1 << 26)
    port = server.sockets[0].getsockname()[1]
    served.endpoint = Endpoint("https" if tls else "http", address, port)
    try:
        yield served
    finally:
        server.close()
        for task in serving:
            task.cancel()
        outcomes = await asyncio.gather(*serving, return_exceptions=True)
    assert [outcome for outcome in outcomes if isinstance(outcome, Exception)] == []


def saying(*pieces: bytes) -> Script:
    """Answers every request with these bytes, and keeps the connection open."""

    async def script(peer: Peer) -> None:
        while True:
            await peer.request()
            await peer.say(*pieces)

    return script


def once(*pieces: bytes) -> Script:
    """Answers one request with these bytes and closes."""

    async def script(peer: Peer) -> None:
        await peer.request()
        await peer.say(*pieces)

    return script


def sized(body: bytes, *headers: bytes) -> bytes:
    lines = b"".join(b"%b\r\n" % header for header in headers)
    return OK + lines + b"content-length: %d\r\n\r\n%b" % (len(body), body)


def post(
    endpoint: Endpoint,
    path: str = "/v1/chat",
    body: bytes = b"{}",
    *,
    method: str = "POST",
    headers: tuple[tuple[bytes, bytes], ...] = (),
    timeouts: Timeouts = TIMEOUTS,
) -> Outbound:
    return Outbound(endpoint, method, path, headers, body, timeouts)


async def settle() -> None:
    """Let what is on its way on the loopback arrive."""
    await asyncio.sleep(0.03)
