"""One connection to an upstream: one exchange at a time, and no doubt about whose byte is whose.

Longer than most files: the path of a byte is written in one place, because each call on it costs more than the work.
"""

import asyncio
import math
from collections.abc import Callable
from typing import Final

import httptools

from waystation.adapters.upstream_http.answer_head import HEAD_BYTES_MAX, HEADERS_MAX, Fields, complaint, kept_s
from waystation.adapters.upstream_http.tls import ended_properly
from waystation.adapters.upstream_http.upload import IN_ONE_WRITE_BYTES_MAX, Upload
from waystation.ports import Outbound
from waystation.wire.errors import ConnectionLost, Phase, ProtocolError, UpstreamError, UpstreamTimeout

INFORMATIONAL_MAX: Final = 16
UNREAD_BYTES_MAX: Final = 256 * 1024
STALE_S: Final = 1.0  # a server's reset needs one round trip; one that comes later ended work that had begun

_IDLE: Final = 0
_SENDING: Final = 1  # a body that needs several writes
_WAITING: Final = 2  # for the head of the final answer
_READING: Final = 3
_NEVER: Final = math.inf
_OPENING: Final = b"HTTP/1."
_PLACES: Final = {_IDLE: "idle", _SENDING: "request", _WAITING: "first_byte", _READING: "body"}
_FRAMING: Final = frozenset({b"content-length", b"transfer-encoding"})


class Stale(ConnectionLost):
    """A connection that had served before was lost at once and without a word: the server closed it as we wrote."""


class Connection(asyncio.Protocol):
    """`parts` holds the body's bytes that nobody took yet. `complete`: no more will come. `closed`: it is of no use
    any more; `error` says why, unless the answer was complete.
    """

    __slots__ = (
        "_bare", "_buffered", "_feed", "_fires_at", "_first_due", "_freed", "_future", "_gone", "_headers",
        "_idle_until", "_informational", "_keep_s", "_kept_s", "_loop", "_lost", "_moved_at", "_now", "_parser",
        "_paused", "_permit", "_phase", "_served", "_silent_bytes", "_timeouts", "_timer", "_transport", "_upload",
        "_waiter", "closed", "complete", "deadline", "error", "fields", "headers", "name", "on_body",
        "on_message_begin", "parts", "status",
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
        self._future = loop.create_future
        self.name = name
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
        self._buffered = 0
        self._served = False
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
        self, head: bytes, request: Outbound, deadline: float | None = None, expect: bool = False
    ) -> asyncio.Future[None]:
        """Send a request. The future is done when the final head is there or `error` is set.

        `deadline`: for the whole exchange; by default the request's total time from now. `expect`: the head asks for
        "100 Continue".
        """
        transport = self._transport
        assert transport is not None  # only connections that were made are handed out
        body = request.body
        self._timeouts = timeouts = request.timeouts
        self._moved_at = now = self._now()
        self._first_due = due = now + timeouts.first_byte_s
        self.deadline = deadline = now + timeouts.total_s if deadline is None else deadline
        self._headers: list[tuple[bytes, bytes]] = []
        self._silent_bytes = self._informational = 0
        self._bare = request.method == "HEAD"
        self.complete = False
        self._permit(None)
        self._waiter = waiter = self._future()
        if len(body) <= IN_ONE_WRITE_BYTES_MAX:
            self._phase = _WAITING
            transport.write(head + body)
        else:
            self._phase = _SENDING
            due = now + timeouts.idle_s
            self._start_upload(transport, head, body, expect)
        due = min(due, deadline)
        if due < self._fires_at:
            self._arm(due)
        return waiter

    def more(self) -> asyncio.Future[None]:
        """Done when there are parts, or the answer is complete, or `error` is set."""
        if self._waiter is not None:
            raise RuntimeError("two readers for one answer")
        self._waiter = waiter = self._future()
        return waiter

    def take(self) -> bytes:
        """All that came and was not taken yet. There must be some, unless the answer is complete."""
        parts = self.parts
        data = parts[0] if len(parts) == 1 else b"".join(parts)
        parts.clear()
        self._buffered = 0
        if self._paused:
            self._resume_reading()
        return data

    def release(self) -> None:
        """The answer was read to its end: serve again, if both sides are fit for it."""
        if self.closed or self._kept_s <= 0:
            self.shut()
            return
        self._phase = _IDLE
        self._served = True
        self._idle_until = due = self._moved_at + self._kept_s  # the server counts from its last byte too
        if due < self._fires_at:
            self._arm(due)
        self._freed(self)

    def shut(self, error: UpstreamError | None = None) -> None:
        """Close at once; whoever waits hears of `error`."""
        if self.closed:
            return
        self.closed = True
        self.error = error
        self._phase = _IDLE  # whatever still comes is not listened to
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
        phase = self._phase
        if phase != _READING:
            if phase == _IDLE:
                self.shut()  # nobody asked, so it can't be an answer
                return
            seen = self._silent_bytes
            if seen < 7 and not data.startswith(_OPENING) and not _OPENING.startswith(data[: 7 - seen], seen):
                self.shut(self._broken("the answer is not HTTP/1.x"))  # llhttp takes HTTP/2.0, ICE and RTSP too
                return
            self._silent_bytes = seen + len(data)
        self._moved_at = self._now()
        try:
            self._feed(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            self._stumble(error)
            return
        if self.parts:
            self._silent_bytes = 0
            self._buffered += len(data)
            if self._buffered > UNREAD_BYTES_MAX:
                self._pause_reading()
        elif phase == self._phase and not self.complete:  # neither body nor head nor end
            self._bear_silence(data)
            return
        waiter = self._waiter
        if waiter is not None:  # as `_wake`, without the call
            self._waiter = None
            if not waiter.done():
                waiter.set_result(None)

    def eof_received(self) -> None:
        if self._phase == _READING and self._ends_by_closing() and ended_properly(self._transport):
            self.complete = True
            self._wake()
        else:
            self._lose("closed by the upstream")

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._lost.done():
            self._lost.set_result(None)
        self._lose("closed by the upstream" if exc is None else type(exc).__name__)

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
        parser = self._parser
        status = parser.get_status_code()
        if status < 200:
            self._pass_over(status)
            return
        self.status = status
        self.headers = headers = self._headers
        self._headers = []  # trailers go here, and nowhere else
        self.fields = fields = dict(reversed(headers))  # of equal names the first counts
        self._phase = _READING
        self._kept_s = self._keep_s if parser.should_keep_alive() else 0.0
        if (
            b"content-length" not in fields
            or b"content-encoding" in fields
            or len(headers) > HEADERS_MAX
            or self._silent_bytes > HEAD_BYTES_MAX
        ):
            self._inspect(fields)
        self._silent_bytes = 0
        if b"keep-alive" in fields:
            self._kept_s = kept_s(fields[b"keep-alive"], self._kept_s)
        if self._upload is not None:
            self._heed_early_answer(self._upload)
        if self._moved_at + self._timeouts.idle_s < self._fires_at:
            self._arm(self._due()[0])
        if self._bare:
            self.complete = True
            raise EOFError  # stops the parser, which would wait for a body

    def on_message_complete(self) -> None:
        if self._phase == _READING:
            self.complete = True
        else:
            self._permit(None)  # an informational message ended, so another may begin

    # Off the common path

    def _start_upload(self, transport: asyncio.Transport, head: bytes, body: bytes, expect: bool) -> None:
        self._upload = upload = Upload(self._loop, transport, body, self._uploaded)
        transport.write(head)
        if expect:
            upload.start_after_continue()
        else:
            upload.start()

    def _pass_over(self, status: int) -> None:
        """An informational head. Raises: ProtocolError."""
        self._informational += 1
        if status < 100 or status == 101 or self._informational > INFORMATIONAL_MAX:
            raise self._broken(f"status {status} was not asked for")
        if any(name in _FRAMING for name, _ in self._headers):
            raise self._broken(f"status {status} with a body")
        self._headers = []
        if status == 100 and self._upload is not None:
            self._upload.start()

    def _inspect(self, fields: Fields) -> None:
        """Raises: ProtocolError."""
        wrong = complaint(self.headers, self._silent_bytes)
        if wrong is not None:
            raise self._broken(wrong)
        if b"transfer-encoding" in fields and self._parser.get_http_version() != "1.1":
            self._kept_s = 0.0  # RFC 9112, 6.1: the framing can't be trusted further than this answer

    def _heed_early_answer(self, upload: Upload) -> None:
        """An answer before the request was written. A refusal ends the upload; anything else may still want it."""
        self._kept_s = 0.0
        if self.status >= 300:
            upload.stop()
            self._upload = None

    def _ends_by_closing(self) -> bool:
        return b"content-length" not in self.fields and b"transfer-encoding" not in self.fields

    def _uploaded(self) -> None:
        self._upload = None
        if self._phase == _SENDING:
            self._phase = _WAITING
            self._first_due = self._now() + self._timeouts.first_byte_s
            if self._first_due < self._fires_at:
                self._arm(self._due()[0])

    def _lose(self, why: str) -> None:
        if self.closed:
            return
        if self._phase == _IDLE or self.complete:
            self.shut()
            return
        received = self._phase == _READING or self._silent_bytes > 0
        stale = not received and self._served and self._now() - self._moved_at <= STALE_S
        error = Stale if stale else ConnectionLost
        self.shut(error(f"{self.name}: {_PLACES[self._phase]}: {why}", received=received))

    def _stumble(self, error: Exception) -> None:
        """The parser stopped: at our own objection, at malformed bytes, or at bytes after the end."""
        if self.complete:
            self.shut()
            return
        objection = error.__context__
        self.shut(objection if isinstance(objection, ProtocolError) else self._broken(str(error)))

    def _bear_silence(self, data: bytes) -> None:
        """Bytes that are no body: heads, trailers and the like have a bound."""
        if self._phase == _READING:
            self._silent_bytes += len(data)
        if self._silent_bytes > HEAD_BYTES_MAX:
            self.shut(self._broken("too many bytes that are no body"))

    def _broken(self, what: str) -> ProtocolError:
        return ProtocolError(f"{self.name}: {_PLACES[self._phase]}: {what}")

    def _wake(self) -> None:
        waiter = self._waiter
        if waiter is not None:
            self._waiter = None
            if not waiter.done():
                waiter.set_result(None)

    def _pause_reading(self) -> None:
        if not self._paused and self._transport is not None:
            self._paused = True
            self._transport.pause_reading()

    def _resume_reading(self) -> None:
        self._paused = False
        if self._transport is None or self.closed:
            return
        self._transport.resume_reading()
        self._moved_at = self._now()  # the silence was ours
        if self._moved_at + self._timeouts.idle_s < self._fires_at:
            self._arm(self._due()[0])

    def _arm(self, due: float) -> None:
        """Have the timer fire at `due` or before. It mostly finds that things moved on, and looks again later:
        cheaper than a timer per chunk.
        """
        if self._timer is not None:
            self._timer.cancel()
        self._fires_at = due
        self._timer = self._loop.call_at(due, self._tick)

    def _tick(self) -> None:
        due, phase = self._due()
        if self._now() < due:
            self._timer = None
            self._arm(due)
        elif self._phase == _IDLE or self.complete:
            self.shut()
        else:
            self.shut(UpstreamTimeout(f"{self.name}: {phase}: no answer in time", phase=phase))

    def _due(self) -> tuple[float, Phase]:
        """When the patience with the present phase ends."""
        phase: Phase = "idle"
        if self._phase == _IDLE:
            return self._idle_until, phase
        due = _NEVER
        if self._phase == _WAITING:
            due, phase = self._first_due, "first_byte"
        elif self._upload is not None:
            due = self._upload.progress_at + self._timeouts.idle_s
        elif not self._paused and not self.complete:
            due = self._moved_at + self._timeouts.idle_s
        return (due, phase) if due < self.deadline else (self.deadline, "total")
