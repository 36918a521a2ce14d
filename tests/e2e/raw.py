"""A caller with bare hands: bytes to the gateway, and its answers taken apart by the letter."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from tests.e2e.rig import SECRET, Rig

CHAT = "/v1/chat/completions"
AUTH = f"authorization: Bearer {SECRET}"
PATIENCE_S = 10.0  # for anything that should come at once


@dataclass(frozen=True)
class Answer:
    """Header names are lower case; of equal ones the last is kept. `chunks` are those of a chunked body."""

    status: int
    headers: dict[str, str]
    body: bytes
    chunks: tuple[bytes, ...] = ()

    @property
    def error(self) -> dict[str, Any]:
        error: dict[str, Any] = json.loads(self.body)["error"]
        return error

    @property
    def events(self) -> list[Any]:
        """What each event says; `[DONE]` as it stands. Comments are left out."""
        events = [event.partition(b"data: ")[2] for event in self.body.split(b"\n\n") if b"data: " in event]
        return [event.decode() if event == b"[DONE]" else json.loads(event) for event in events]

    @property
    def text(self) -> str:
        """The content that a stream brought."""
        return text_of(self.body)


def text_of(stream: bytes) -> str:
    """The content of all whole events in `stream`."""
    said = ""
    for event in stream.split(b"\n\n")[:-1]:
        if not event.startswith(b"data: {"):
            continue
        for choice in json.loads(event[6:]).get("choices", ()):
            said += choice["delta"].get("content") or ""
    return said


def ask(content: str = "one two three four", **fields: Any) -> bytes:
    return json.dumps({"model": "m", "messages": [{"role": "user", "content": content}], **fields}).encode()


def head(*lines: str, request: str = f"POST {CHAT} HTTP/1.1", secret: str | None = SECRET) -> bytes:
    credentials = () if secret is None else (f"authorization: Bearer {secret}",)
    return "\r\n".join((request, "host: localhost", *credentials, *lines, "\r\n")).encode("latin-1")


def post(body: bytes, *headers: str, path: str = CHAT, secret: str | None = SECRET) -> bytes:
    return head(f"content-length: {len(body)}", *headers, request=f"POST {path} HTTP/1.1", secret=secret) + body


async def until(happened: Callable[[], object]) -> None:
    """Return once it has. Raises: AssertionError if it does not within PATIENCE_S."""
    for _ in range(round(PATIENCE_S / 0.005)):
        if happened():
            return
        await asyncio.sleep(0.005)
    raise AssertionError("it did not happen")


class Caller:
    """One connection. Everything that waits gives up after PATIENCE_S."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await asyncio.wait_for(self.writer.drain(), PATIENCE_S)

    async def answer(self, *, bodiless: bool = False) -> Answer:
        """The next answer, to its end. Raises: IncompleteReadError if the connection ends before it does."""
        return await asyncio.wait_for(self._answer(bodiless=bodiless), PATIENCE_S)

    async def ask(self, data: bytes) -> Answer:
        await self.send(data)
        return await self.answer()

    async def head(self) -> tuple[int, dict[str, str]]:
        lines = (await asyncio.wait_for(self.reader.readuntil(b"\r\n\r\n"), PATIENCE_S)).decode("latin-1").split("\r\n")
        fields = [line.split(": ", 1) for line in lines[1:-2]]
        return int(lines[0].split(" ")[1]), {name.lower(): value for name, value in fields}

    async def chunk(self) -> bytes:
        """One chunk of a chunked body; b"" is the last one."""
        return await asyncio.wait_for(self._chunk(), PATIENCE_S)

    async def rest(self) -> bytes:
        """All that comes until the gateway closes."""
        try:
            return await asyncio.wait_for(self.reader.read(-1), PATIENCE_S)
        except ConnectionResetError:
            return b""

    def hang_up(self) -> None:
        self.writer.transport.abort()

    async def _answer(self, *, bodiless: bool) -> Answer:
        status, headers = await self.head()
        if bodiless or status in {204, 304}:
            return Answer(status, headers, b"")
        if "content-length" in headers:
            return Answer(status, headers, await self.reader.readexactly(int(headers["content-length"])))
        if headers.get("transfer-encoding") != "chunked":
            return Answer(status, headers, await self.reader.read(-1))
        chunks = []
        while chunk := await self._chunk():
            chunks.append(chunk)
        return Answer(status, headers, b"".join(chunks), tuple(chunks))

    async def _chunk(self) -> bytes:
        size = int(await self.reader.readline(), 16)
        data = await self.reader.readexactly(size + 2)
        assert data.endswith(b"\r\n")
        return data[:-2]


@asynccontextmanager
async def calling(rig: Rig, *, receive_bytes: int | None = None, limit: int = 1 << 26) -> AsyncIterator[Caller]:
    """A connection to the gateway. `receive_bytes`: how much the kernel takes in for a caller who does not read."""
    plug = socket.create_connection(("127.0.0.1", rig.house.server.port), timeout=PATIENCE_S)
    if receive_bytes is not None:
        plug.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
    plug.setblocking(False)
    caller = Caller(*await asyncio.open_connection(sock=plug, limit=limit))
    try:
        yield caller
    finally:
        caller.hang_up()
