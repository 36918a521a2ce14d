"""One keep-alive HTTP/1.1 connection that carries one call at a time and notes when things arrive."""

import asyncio
import ssl
from time import perf_counter
from typing import cast

import httptools

from waystation.bench.request import Address
from waystation.bench.spread import Spread

_TAIL_BYTES = 64  # enough to see a stream's last event
_LENGTHS = {b"content-length", b"transfer-encoding"}
_KEPT_BYTES = 4 << 20  # a metrics page; answers of calls are counted, not kept


class CallFailed(Exception):
    """A call without a whole, good answer; the text is the name under which the report counts it."""


class Answer:
    """What came back for one call; times are perf_counter seconds."""

    __slots__ = (
        "_event_came",
        "arrivals",
        "body",
        "ended",
        "first_at",
        "gaps",
        "last_at",
        "received",
        "status",
        "tail",
    )

    def __init__(self, *, keep: bool) -> None:
        self.status = 0
        self.received = 0
        self.arrivals = 0
        self.first_at = 0.0
        self.last_at = 0.0
        self.ended = 0.0
        self.gaps: list[float] = []
        self.tail = b""
        self.body: bytearray | None = bytearray() if keep else None
        self._event_came = False

    def take(self, piece: bytes) -> None:
        """Notes a piece of body."""
        self.received += len(piece)
        self.tail = (self.tail + piece)[-_TAIL_BYTES:] if len(piece) < _TAIL_BYTES else piece[-_TAIL_BYTES:]
        if self.body is not None and len(self.body) < _KEPT_BYTES:
            self.body += piece
        if b"data:" in piece:  # comments that only keep a stream alive are no events
            self._event_came = True

    def end_of_read(self, now: float) -> None:
        """All events of one read from the socket make one arrival."""
        if not self._event_came:
            return
        self._event_came = False
        if self.arrivals:
            self.gaps.append(now - self.last_at)
        else:
            self.first_at = now
        self.last_at = now
        self.arrivals += 1

    def note_gaps(self, spread: Spread) -> None:
        for gap in self.gaps:
            spread.add(gap)


class Connection(asyncio.Protocol):
    """Open with `connect`; `ask` raises CallFailed, and then the connection is of no more use."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._parser = httptools.HttpResponseParser(self)
        self._answer: Answer | None = None
        self._waiter: asyncio.Future[Answer] | None = None
        self._head_done = self._has_length = False
        self._now = 0.0
        self.reusable = True

    @classmethod
    async def connect(cls, address: Address) -> "Connection":
        context = ssl.create_default_context() if address.tls else None
        loop = asyncio.get_running_loop()
        try:
            _, connection = await loop.create_connection(cls, address.host, address.port, ssl=context)
        except OSError as error:
            raise CallFailed(f"connect: {error.strerror or type(error).__name__}") from error
        return connection

    async def ask(self, request: bytes, *, keep: bool = False) -> Answer:
        """The answer to `request`; its body is kept only if asked for."""
        if self._transport is None or self._transport.is_closing():
            raise CallFailed("closed while idle")
        self._answer = Answer(keep=keep)
        self._waiter = asyncio.get_running_loop().create_future()
        self._head_done = self._has_length = False
        self._transport.write(request)
        return await self._waiter

    def close(self) -> None:
        self.reusable = False
        if self._transport is not None:
            self._transport.abort()

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is one, but does not inherit from it

    def data_received(self, data: bytes) -> None:
        self._now = perf_counter()
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            self._fail("not HTTP")
            self.close()
        if self._answer is not None:
            self._answer.end_of_read(self._now)

    def connection_lost(self, exc: Exception | None) -> None:
        until_closed = self._head_done and not self._has_length
        self.reusable = False
        if exc is None and until_closed:
            self._now = perf_counter()
            self._finish()  # a body without a length lasts until the peer closes
        else:
            self._fail("closed early")

    # httptools.HttpResponseParser

    def on_header(self, name: bytes, _value: bytes) -> None:
        if name.lower() in _LENGTHS:
            self._has_length = True

    def on_headers_complete(self) -> None:
        self._head_done = True
        self.reusable = self._parser.should_keep_alive()
        if self._answer is not None:
            self._answer.status = self._parser.get_status_code()

    def on_body(self, body: bytes) -> None:
        if self._answer is not None:
            self._answer.take(body)

    def on_message_complete(self) -> None:
        self._finish()

    def _finish(self) -> None:
        if self._waiter is not None and self._answer is not None and not self._waiter.done():
            self._answer.ended = self._now
            self._waiter.set_result(self._answer)

    def _fail(self, reason: str) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_exception(CallFailed(reason))
