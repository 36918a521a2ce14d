"""One connection to an upstream: one exchange at a time, and no doubt about whose byte is whose.

Longer than most files: the path of a byte is written in one place, because each call on it costs more than the work.
"""

import asyncio
import math
import re
from collections.abc import Callable
from typing import Final

import httptools

from waystation.adapters.upstream_http.upload import IN_ONE_WRITE_BYTES_MAX, Upload
from waystation.wire.catalogue import Timeouts
from waystation.wire.errors import ConnectionLost, Phase, ProtocolError, UpstreamError, UpstreamTimeout

HEAD_BYTES_MAX: Final = 64 * 1024
HEADERS_MAX: Final = 100  # as Apache; vendors send up to 40
INFORMATIONAL_MAX: Final = 16
UNREAD_BYTES_MAX: Final = 256 * 1024
STALE_S: Final = 1.0  # a server's reset needs one round trip; one that comes later ended work that had begun
KEEP_MARGIN_S: Final = 1.0  # we let go before the server does

_IDLE: Final = 0
_SENDING: Final = 1  # a body that needs several writes
_WAITING: Final = 2  # for the head of the final answer
_READING: Final = 3
_NEVER: Final = math.inf
_OPENING: Final = b"HTTP/1."
_KEEP_ALIVE_TIMEOUT: Final = re.compile(rb"(?:^|[,\s])timeout\s*=\s*\"?([0-9]{1,6})", re.IGNORECASE)


class Stale(ConnectionLost):
    """A connection that had served before was lost at once and without a word: the server closed it as we wrote."""


class Connection(asyncio.Protocol):
    """`parts` holds the body's bytes that nobody took yet. `complete`: no more will come. `closed`: it is of no use
    any more; `error` says why, unless the answer was complete.
    """

    __slots__ = (
        "_bare", "_buffered", "_deadline", "_exchanges", "_feed", "_fires_at", "_first_byte_s", "_first_due", "_freed",
        "_gone", "_heard_at", "_idle_s", "_idle_until", "_informational", "_keep_s", "_kept_s", "_loop", "_lost",
        "_name", "_now", "_parser", "_paused", "_permit", "_phase", "_reusable", "_silent_bytes", "_started_at",
        "_timer", "_to_eof", "_transport", "_upload", "_waiter", "closed", "complete", "error", "fields", "headers",
        "on_body", "on_message_begin", "parts", "status",
    )  # fmt: skip

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        name: str,
        keep_s: float,
        freed: Callable[["Connection"], None],
        gone: Callable[["Connection"], None],
    ) -> None:
        """`freed` is called when the connection can serve again, `gone` when it never will."""
        self._loop = loop
        self._now = loop.time
        self._name = name
        self._keep_s = keep_s
        self._freed = freed
        self._gone = gone
        self._transport: asyncio.Transport | None = None
        self._lost: asyncio.Future[None] = loop.create_future()
        self._upload: Upload | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._fires_at = _NEVER
        self._idle_until = loop.time() + keep_s
        self._phase = _IDLE
        self._exchanges = 0
        self._paused = False
        self.closed = False
        self.error: UpstreamError | None = None
        self.parts: list[bytes] = []
        # The parser finds these two by name and calls them without a detour through Python. A body's bytes go straight
        # to the list; a message that nobody asked for finds no permit to pop, and that stops the parser.
        self.on_body = self.parts.append
        permits: list[None] = []
        self._permit = permits.append
        self.on_message_begin = permits.pop
        self._parser = httptools.HttpResponseParser(self)
        self._feed = self._parser.feed_data

    # What the transport and the response ask of it

    def start(
        self, head: bytes, body: bytes, timeouts: Timeouts, deadline: float, *, expect: bool = False, bare: bool = False
    ) -> asyncio.Future[None]:
        """Send a request. The future is done when the final head is there or `error` is set.

        `expect`: the head asks for "100 Continue". `bare`: the answer has no body whatever its head says (HEAD).
        """
        transport = self._transport
        assert transport is not None  # noqa: S101 - only connections that were made are handed out
        now = self._now()
        self._started_at = self._heard_at = now
        self._deadline = deadline
        self._idle_s = timeouts.idle_s
        self._first_byte_s = timeouts.first_byte_s
        self._first_due = due = now + timeouts.first_byte_s
        self._exchanges += 1
        self.headers: list[tuple[bytes, bytes]] = []
        self._silent_bytes = 0
        self._informational = 0
        self._buffered = 0
        self._bare = bare
        self.complete = False
        self._permit(None)
        self._waiter = waiter = self._loop.create_future()
        if len(body) <= IN_ONE_WRITE_BYTES_MAX:
            self._phase = _WAITING
            transport.write(head + body)
        else:
            self._phase = _SENDING
            due = now + timeouts.idle_s
            self._upload = Upload(self._loop, transport, body, self._uploaded)
            transport.write(head)
            if expect:
                self._upload.start_after_continue()
            else:
                self._upload.start()
        if due > deadline:
            due = deadline
        if due < self._fires_at:
            self._arm(due)
        return waiter

    def more(self) -> asyncio.Future[None]:
        """Done when there are parts, or the answer is complete, or `error` is set."""
        if self._waiter is not None:
            raise RuntimeError("two readers for one answer")
        self._waiter = waiter = self._loop.create_future()
        return waiter

    def take(self) -> bytes:
        parts = self.parts
        data = parts[0] if len(parts) == 1 else b"".join(parts)
        parts.clear()
        self._buffered = 0
        if self._paused:
            self._resume_reading()
        return data

    def release(self) -> None:
        """The answer was read to its end: serve again, if both sides are fit for it."""
        if self.closed or not self._reusable:
            self.shut()
            return
        self._phase = _IDLE
        self._idle_until = due = self._now() + self._kept_s
        if due < self._fires_at:
            self._arm(due)
        self._freed(self)

    def shut(self, error: UpstreamError | None = None) -> None:
        """Close at once; whoever waits hears of `error`."""
        if self.closed:
            return
        self.closed = True
        self.error = error
        if self._timer is not None:
            self._timer.cancel()
        if self._upload is not None:
            self._upload.stop()
            self._upload = None
        if self._transport is not None:
            self._transport.abort()
        self._gone(self)
        self._wake()

    def until_lost(self) -> asyncio.Future[None]:
        """Done when the socket is closed."""
        return self._lost

    # What the event loop tells it

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # uvloop's is no subclass
        self._transport = transport
        self._arm(self._idle_until)

    def data_received(self, data: bytes) -> None:
        if self._phase == _IDLE:
            self.shut()  # nobody asked, so it can't be an answer
            return
        if self._phase != _READING:
            if not self._silent_bytes and not _OPENING.startswith(data[:7]):
                self._break("the answer is not HTTP/1.x")  # llhttp takes ICE and RTSP too
                return
            self._silent_bytes += len(data)
        self._heard_at = self._now()
        try:
            self._feed(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            self._stumble(error)
            return
        if self.parts or self.complete:
            self._silent_bytes = 0
            waiter = self._waiter
            if waiter is not None:
                self._waiter = None
                if not waiter.done():
                    waiter.set_result(None)
            self._buffered += len(data)
            if self._buffered > UNREAD_BYTES_MAX:
                self._pause_reading()
        else:
            self._bear_silence(data)

    def eof_received(self) -> None:
        if self._phase == _IDLE:
            self.shut()
        elif self._phase == _READING and self._to_eof:
            self.complete = True
            self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._lost.done():
            self._lost.set_result(None)
        if self.closed:
            return
        if self._phase == _IDLE or self.complete:
            self.shut()
            return
        received = self._phase == _READING or self._silent_bytes > 0
        stale = not received and self._exchanges > 1 and self._now() - self._started_at <= STALE_S
        why = type(exc).__name__ if exc is not None else "closed by the upstream"
        self.shut((Stale if stale else ConnectionLost)(f"{self._name}: {self._place()}: {why}", received=received))

    def pause_writing(self) -> None:
        if self._upload is not None:
            self._upload.pause()

    def resume_writing(self) -> None:
        if self._upload is not None:
            self._upload.resume()

    # What the parser tells it, beside `on_body` and `on_message_begin`

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        status = self._parser.get_status_code()
        if status < 200:
            self._pass_over(status)
            return
        headers = self.headers = self._headers
        self._headers = []  # trailers go here, and nowhere else
        self.status = status
        fields = self.fields = dict(reversed(headers))  # of equal names the first counts
        self._phase = _READING
        self._reusable = self._parser.should_keep_alive()
        self._kept_s = self._keep_s
        self._to_eof = False
        if b"content-length" not in fields or b"content-encoding" in fields or self._silent_bytes > HEAD_BYTES_MAX:
            self._inspect()
        if len(headers) > HEADERS_MAX:
            self._inspect()
        if b"keep-alive" in fields:
            self._heed(fields[b"keep-alive"])
        if self._upload is not None:
            self._answered_early(self._upload)
        due = self._heard_at + self._idle_s
        if due < self._fires_at:
            self._arm(due)
        self._wake()
        if self._bare:
            self.complete = True
            raise EOFError  # stops the parser, which would wait for a body

    def on_message_complete(self) -> None:
        if self._phase == _READING:
            self.complete = True
        else:
            self._permit(None)  # an informational message ended; the final one may begin

    def _pass_over(self, status: int) -> None:
        """An informational head. Raises: ProtocolError."""
        self._informational += 1
        if status < 100 or status == 101 or self._informational > INFORMATIONAL_MAX:
            raise ProtocolError(f"{self._name}: {status} was not asked for")
        if any(name in _FRAMING for name, _ in self._headers):
            raise ProtocolError(f"{self._name}: {status} with a body")
        self._headers = []
        if status == 100 and self._upload is not None:
            self._upload.start()
