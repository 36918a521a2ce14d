"""One caller's connection: bytes in, answers out in the same order, and a bound on all that a caller can make us keep.

Longer than most files: the path of a byte is written in one place, because each call on it costs more than the work.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any, Final, cast
from urllib.parse import unquote

import httptools
from uvicorn.config import Config
from uvicorn.protocols.utils import get_local_addr, get_remote_addr
from uvicorn.server import ServerState

from waystation.adapters.http_server.exchange import Exchange, HeaderList
from waystation.adapters.http_server.refusal import BAD_REQUEST, HEAD_TOO_LARGE

HEAD_BYTES_MAX: Final = 64 * 1024  # nginx allows 32 KiB, Node 16 KiB; Claude Code's beta headers are the longest seen
HEADERS_MAX: Final = 128
HEAD_S: Final = 30.0
KEEP_ALIVE_S: Final = 75.0  # longer than the 60 s of common load balancers, who should be the ones to close
PART_S: Final = 2.0  # to the end of an idle connection when the server stops: a request may be on its way already
LINGER_S: Final = 30.0  # as nginx
LINGER_BYTES_MAX: Final = 64 * 1024 * 1024
UNREAD_BYTES_MAX: Final = 64 * 1024  # of a body that the application has not taken yet
WAITING_MAX: Final = 1_000  # pipelined requests that came in one read

_ASGI: Final = {"version": "3.0", "spec_version": "2.3"}
_VERSIONS: Final = frozenset({"1.0", "1.1"})
_NOWHERE: Final = cast(HeaderList, deque[tuple[bytes, bytes]](maxlen=0))  # takes all, and keeps nothing
_OFFER: Final = frozenset({b"connection", b"upgrade", b"http2-settings"})


class HeadTooLarge(httptools.HttpParserError):
    pass


class Connection(asyncio.Protocol):
    """Given to uvicorn as its protocol, and to applications in their scope's `extensions`: see `gateway.asgi`.

    Of the exchanges, one is being answered, and the newest is being received; they are mostly the same. One timer looks
    now and then at `_due_at`, so that a request costs none of its own.
    """

    __slots__ = (
        "_answering", "_app", "_client_address", "_due_at", "_feed", "_fires_at", "_head_bytes", "_headers", "_in_head",
        "_lingered_bytes", "_lingering", "_loop", "_offer", "_parser", "_paused", "_receiving", "_refusal", "_scheme",
        "_server_address", "_stopping", "_timer", "_unread_bytes", "_unsent_bytes", "_url", "_waiting", "blocked",
        "lost", "react", "state", "transport",
    )  # fmt: skip

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],  # noqa: ARG002 - uvicorn gives what an application's lifespan made: ours has none
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        self._loop = _loop or asyncio.get_running_loop()
        self._app = config.loaded_app
        self.state = server_state
        self.transport: asyncio.Transport
        self._parse_anew()
        self._url = b""
        self._headers: HeaderList = []
        self._in_head = True
        self._head_bytes = 0  # of the head that is coming: at most these
        self._offer = b""
        self._answering: Exchange | None = None
        self._receiving: Exchange | None = None
        self._waiting: deque[Exchange] = deque()  # pipelined requests
        self._unread_bytes = 0
        self._unsent_bytes = 0  # when the timer looked last
        self._paused = False
        self._refusal = b""  # for a broken request, once those before it are answered
        self._stopping = False
        self._lingering = False
        self._lingered_bytes = 0
        self._timer: asyncio.TimerHandle | None = None
        self._fires_at = 0.0
        self._due_at: float | None = None  # None: the application works
        self.lost = False
        self.react: Callable[[], None] | None = None
        self.blocked: asyncio.Future[None] | None = None

    def abort(self) -> None:
        """Drop the connection with whatever is still to be written."""
        self.lost = True  # now: who sends without a pause would keep the loop from telling
        self.transport.abort()

    def take(self) -> bytes | None:
        return None if self._answering is None else self._answering.take()

    def answer(self, status: int, headers: HeaderList, body: bytes) -> bool:
        return False if self._answering is None else self._answering.answer(status, headers, body)

    def shutdown(self) -> None:
        """Tell the caller with the next answer that it is the last, and close after that one.

        Who has begun to get an answer can't be told in it: like who has asked nothing, it may ask once more, soon.
        """
        if self._stopping:
            return
        self._stopping = True
        exchange = self._answering
        if exchange is None:
            if not (self._lingering or self.transport.is_closing()):
                self._await(PART_S)
        elif not exchange.started:
            exchange.keep_alive = False
        elif self._waiting:
            self._waiting[0].keep_alive = False

    # What the event loop tells it

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # uvloop's is no subclass
        self.transport = transport
        self.state.connections.add(self)  # type: ignore[arg-type] # it wants `shutdown` and no more
        self._server_address = get_local_addr(transport)
        self._client_address = get_remote_addr(transport)
        self._scheme = "https" if transport.get_extra_info("sslcontext") else "http"
        self._await(HEAD_S)

    def data_received(self, data: bytes) -> None:
        if self._lingering:
            self._overhear(data)
            return
        fresh = self._head_bytes == 0
        if self._in_head:
            self._head_bytes += len(data)
        try:
            self._parse(data)
        except httptools.HttpParserError as error:
            self._refuse(HEAD_TOO_LARGE if isinstance(error.__context__, HeadTooLarge) else BAD_REQUEST)
        else:
            if self._in_head and self._head_bytes:
                self._bear_head(fresh=fresh)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - whatever it was
        self.state.connections.discard(self)
        self.lost = True
        if self._timer is not None:
            self._timer.cancel()
        self._waiting.clear()
        self.resume_writing()
        if self._answering is not None:
            self._answering.wake()
        if self.react is not None:
            self.react()
        del self._parser, self._feed  # they know us

    def pause_writing(self) -> None:
        if self.blocked is None:
            self.blocked = self._loop.create_future()

    def resume_writing(self) -> None:
        blocked, self.blocked = self.blocked, None
        if blocked is not None and not blocked.done():
            blocked.set_result(None)

    # What the parser tells it

    def on_url(self, url: bytes) -> None:
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        """Raises: HttpParserError, HeadTooLarge."""
        url, headers, parser = self._url, self._headers, self._parser
        if len(headers) > HEADERS_MAX or (self._head_bytes > HEAD_BYTES_MAX and _size(url, headers) > HEAD_BYTES_MAX):
            raise HeadTooLarge
        self._url = b""
        self._headers = _NOWHERE  # trailers
        version = parser.get_http_version()
        method = parser.get_method()
        if parser.should_upgrade():
            self._decline(method, url, headers)
            return
        if version not in _VERSIONS:
            raise httptools.HttpParserError("not HTTP/1")
        self._in_head = False
        path, query = _target(url)
        text = path.decode("ascii")
        scope = {
            "type": "http",
            "asgi": _ASGI,
            "http_version": version,
            "server": self._server_address,
            "client": self._client_address,
            "scheme": self._scheme,
            "method": method.decode("ascii"),
            "root_path": "",
            "path": unquote(text) if "%" in text else text,
            "raw_path": path,
            "query_string": query,
            "headers": headers,
            "extensions": {"waystation.connection": self},
        }
        keep_alive = version == "1.1" and not self._stopping and parser.should_keep_alive()
        self._receiving = exchange = Exchange(self, scope, keep_alive)
        if self._answering is None:
            self._start(exchange)
        else:
            self._queue(exchange)

    def on_body(self, body: bytes) -> None:
        exchange = self._receiving
        if exchange is None or exchange.done:
            return
        exchange.parts.append(body)
        self._unread_bytes += len(body)
        if self._unread_bytes > UNREAD_BYTES_MAX:
            self._pause()
        if exchange.waiter is not None:
            exchange.wake()

    def on_message_complete(self) -> None:
        self._in_head = True
        self._head_bytes = 0
        self._headers = []
        exchange = self._receiving
        if exchange is not None:
            exchange.complete = True
            if exchange.waiter is not None:
                exchange.wake()

    # What an exchange tells it

    def taken(self) -> None:
        """The application took what had come of a body, and there is more to come."""
        self._unread_bytes = 0
        if self._paused:
            self._resume()

    def ended(self, exchange: Exchange) -> None:
        """The answer is complete."""
        self._answering = self.react = None
        self._unread_bytes = 0
        if not exchange.keep_alive:
            self._close(whole=exchange.complete)
        elif self._waiting:
            self._start(self._waiting.popleft())
        elif self._refusal:
            self._end_with(self._refusal)
        else:
            if self._paused:
                self._resume()
            self._await(PART_S if self._stopping else KEEP_ALIVE_S)

    def _start(self, exchange: Exchange) -> None:
        self._answering = exchange
        self._due_at = None
        tasks = self.state.tasks
        exchange.task = task = self._loop.create_task(exchange.run(self._app, tasks))
        tasks.add(task)

    # Off the common path

    def _queue(self, exchange: Exchange) -> None:
        """A pipelined request waits for its turn. Raises: HttpParserError if too many do."""
        if len(self._waiting) >= WAITING_MAX:
            raise httptools.HttpParserError("too many requests at once")
        self._waiting.append(exchange)
        self._pause()

    def _decline(self, method: bytes, url: bytes, headers: HeaderList) -> None:
        """Note the head of a request that offers to change the protocol (Java's HTTP client does), without the offer.

        RFC 9110, 7.8 allows to pass it over. The parser, which takes what follows for the other protocol, begins anew.
        Raises: HttpParserError for CONNECT.
        """
        if method == b"CONNECT":
            raise httptools.HttpParserError("this is no proxy")
        lines = [b"%b: %b\r\n" % header for header in headers if header[0] not in _OFFER]
        if not self._parser.should_keep_alive():
            lines.append(b"connection: close\r\n")
        version = self._parser.get_http_version().encode()
        self._offer = b"%b %b HTTP/%b\r\n%b\r\n" % (method, url, version, b"".join(lines))

    def _parse(self, data: bytes) -> None:
        """Raises: HttpParserError."""
        while True:
            try:
                self._feed(data)
            except httptools.HttpParserUpgrade as upgrade:
                data = self._offer + data[upgrade.args[0] :]
                self._parse_anew()
            else:
                return

    def _parse_anew(self) -> None:
        self._parser = httptools.HttpRequestParser(self)
        self._feed = self._parser.feed_data

    def _bear_head(self, *, fresh: bool) -> None:
        """A head has begun to come, and has bounds."""
        if self._head_bytes > HEAD_BYTES_MAX:
            self._refuse(HEAD_TOO_LARGE)
        elif fresh and self._answering is None:
            self._await(HEAD_S)

    def _refuse(self, refusal: bytes) -> None:
        """Bytes came that are no request. Nothing that comes after them is listened to."""
        exchange = self._answering
        if exchange is None:
            self._end_with(refusal)
        elif exchange.complete:
            self._refusal = refusal
            if self._waiting and not self._waiting[-1].complete:
                self._waiting.pop()
            self._pause()
        elif exchange.started:
            self.abort()
        else:
            exchange.done = True
            self._answering = None
            self._end_with(refusal)
            exchange.wake()

    def _end_with(self, refusal: bytes) -> None:
        self.transport.write(refusal)
        self._close(whole=False)

    def _close(self, *, whole: bool = True) -> None:
        """Close when what was written is sent.

        A connection that is closed with bytes unread is reset, and the caller may lose the answer (RFC 9112, 9.6): what
        is still to come of a request that is not `whole` is taken in for a while.
        """
        self._await(LINGER_S)
        if whole or not self.transport.can_write_eof():
            self.transport.close()
            return
        self._lingering = True
        self.transport.write_eof()
        if self._paused:
            self._paused = False
            self.transport.resume_reading()

    def _overhear(self, data: bytes) -> None:
        self._lingered_bytes += len(data)
        if self._lingered_bytes > LINGER_BYTES_MAX:
            self.abort()

    def _pause(self) -> None:
        if not self._paused:
            self._paused = True
            self.transport.pause_reading()

    def _resume(self) -> None:
        if not (self._waiting or self._refusal):
            self._paused = False
            self.transport.resume_reading()

    def _await(self, seconds: float) -> None:
        """Drop the connection if nothing has happened by then."""
        self._due_at = due_at = self._loop.time() + seconds
        if self._timer is None or due_at < self._fires_at:
            self._arm(due_at)

    def _arm(self, due_at: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._fires_at = due_at
        self._timer = self._loop.call_at(due_at, self._look)

    def _look(self) -> None:
        self._timer = None
        if self._due_at is None:
            return
        if self._loop.time() < self._due_at:
            self._arm(self._due_at)
            return
        unsent = self.transport.get_write_buffer_size()
        if unsent and unsent != self._unsent_bytes:  # a slow reader, but it reads
            self._unsent_bytes = unsent
            self._await(LINGER_S)
        else:
            self.abort()


def _target(url: bytes) -> tuple[bytes, bytes]:
    """Path and query. Raises: HttpParserError."""
    if url.startswith(b"/"):
        path, _, query = url.partition(b"?")
        return path, query
    parsed = httptools.parse_url(url)
    return parsed.path or b"/", parsed.query or b""


def _size(url: bytes, headers: HeaderList) -> int:
    return len(url) + sum(len(name) + len(value) for name, value in headers)
