"""A client of bare sockets: what it got is compared byte by byte."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Literal

from waystation.demo.upstream import DemoUpstream

HELLO: dict[str, Any] = {"model": "demo-large", "messages": [{"role": "user", "content": "Hello, you there"}]}
STREAM: dict[str, Any] = {**HELLO, "stream": True, "stream_options": {"include_usage": True}}
DONE = b"data: [DONE]\n\n"

End = Literal["fin", "reset", "open"]


@dataclass(frozen=True)
class Got:
    status: int
    headers: list[tuple[str, str]]
    body: bytes
    rest: bytes = b""
    version: str = "HTTP/1.1"

    def header(self, name: str) -> str | None:
        return next((value for got, value in self.headers if got == name), None)

    def json(self) -> Any:
        return json.loads(self.body)

    def events(self) -> list[Any]:
        """The payloads of a stream that is written in the usual way."""
        texts = [part.removeprefix("data: ") for part in self.body.decode().split("\n\n") if part]
        return [text if text == "[DONE]" else json.loads(text) for text in texts]

    def error(self) -> Any:
        return self.json()["error"]


def post(asked: object, *headers: str, key: str = "sk-test", path: str = "/v1/chat/completions") -> bytes:
    body = asked if isinstance(asked, bytes) else json.dumps(asked).encode()
    lines = [f"POST {path} HTTP/1.1", "host: demo", f"authorization: Bearer {key}", f"content-length: {len(body)}"]
    return "\r\n".join([*lines, *headers, "", ""]).encode() + body


def get(path: str, *headers: str, key: str = "sk-test", method: str = "GET") -> bytes:
    return "\r\n".join(
        [f"{method} {path} HTTP/1.1", "host: demo", f"authorization: Bearer {key}", *headers, "", ""]
    ).encode()


def parse(raw: bytes) -> Got:
    """The first answer in these bytes; its body may be cut."""
    head, _, tail = raw.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    version, status, *_ = first.split(" ")
    headers = [(name, value) for name, _, value in (line.partition(": ") for line in lines)]
    named = dict(headers)
    if "transfer-encoding" in named:
        body, rest = _dechunked(tail)
    else:
        length = int(named.get("content-length", len(tail)))
        body, rest = tail[:length], tail[length:]
    return Got(int(status), headers, body, rest, version)


def _dechunked(raw: bytes) -> tuple[bytes, bytes]:
    """The body, and what follows its last chunk."""
    body = b""
    while raw:
        size, _, raw = raw.partition(b"\r\n")
        length = int(size.partition(b";")[0], 16)
        if not length:
            return body, raw.removeprefix(b"\r\n")
        body, raw = body + raw[:length], raw[length + 2 :]
    return body, b""


def is_whole(raw: bytes) -> bool:
    """Whether a chunked body has its end."""
    return raw.endswith(b"0\r\n\r\n")


class Raw:
    """One connection to a double."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def send(self, request: bytes) -> None:
        self.writer.write(request)
        await self.writer.drain()

    async def pieces(self, quiet_s: float) -> AsyncIterator[bytes]:
        """What each read brings; raises TimeoutError after so much silence, ConnectionError after RST."""
        while piece := await asyncio.wait_for(self.reader.read(1 << 20), quiet_s):
            yield piece

    async def rest(self, quiet_s: float = 0.2) -> tuple[bytes, End]:
        """Everything until the connection ends, or until it has been silent for so long."""
        whole = b""
        try:
            async for piece in self.pieces(quiet_s):
                whole += piece
        except TimeoutError:
            return whole, "open"
        except ConnectionError:
            return whole, "reset"
        return whole, "fin"

    async def answer(self) -> Got:
        """One answer, with the connection left open."""
        raw = await self.reader.readuntil(b"\r\n\r\n")
        if b"\r\ntransfer-encoding: chunked" in raw:
            while not is_whole(raw):
                raw += await self.reader.readuntil(b"\r\n")
            return parse(raw)
        missing = int(dict(parse(raw).headers)["content-length"])
        return parse(raw + await self.reader.readexactly(missing))

    async def ask(self, asked: object, *headers: str, key: str = "sk-test") -> Got:
        await self.send(post(asked, *headers, key=key))
        return await self.answer()


@asynccontextmanager
async def connected(upstream: DemoUpstream) -> AsyncIterator[Raw]:
    reader, writer = await asyncio.open_connection("127.0.0.1", upstream.port, limit=1 << 22)
    try:
        yield Raw(reader, writer)
    finally:
        writer.transport.abort()


async def exchange(upstream: DemoUpstream, request: bytes, quiet_s: float = 0.2) -> tuple[bytes, End]:
    """All that comes for a request on a connection of its own."""
    async with connected(upstream) as raw:
        try:
            await raw.send(request)
        except ConnectionError:
            return b"", "reset"
        return await raw.rest(quiet_s)


async def asked(upstream: DemoUpstream, what: object, *headers: str, key: str = "sk-test") -> Got:
    """The answer on a connection of its own."""
    got, _ = await exchange(upstream, post(what, "connection: close", *headers, key=key))
    return parse(got)


async def spoiled(fault: str, what: object, quiet_s: float = 0.2) -> tuple[bytes, End]:
    """What a new double with this fault sends for this ask, and how the connection ends; it is kept alive."""
    async with DemoUpstream() as upstream:
        upstream.set_fault(fault)
        return await exchange(upstream, post(what), quiet_s)


async def seen(fault: str, what: object) -> Got:
    """The same as an answer, on a connection that is closed after it."""
    async with DemoUpstream() as upstream:
        upstream.set_fault(fault)
        return await asked(upstream, what)
