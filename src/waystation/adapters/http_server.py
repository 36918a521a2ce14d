"""uvicorn with the bounds that it lacks, less work per call, and the two things that ASGI can't say: hung up, abort.

Read against uvicorn 0.54: its httptools protocol has no limit on a request's head and waits for ever for one; it checks
every answer's header by two regular expressions and writes head and body apart. Our headers are constants and ids.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import unquote

import httptools
import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

HEAD_BYTES_MAX: Final = 64 * 1024  # nginx allows 32 KiB, Node 16 KiB; Claude Code's beta headers are the longest seen
HEADERS_MAX: Final = 128
HEAD_S: Final = 30.0
KEEP_ALIVE_S: Final = 75  # longer than the 60 s of common load balancers, who should be the ones to close

ASGIApp = Callable[[dict[str, Any], Any, Any], Awaitable[None]]

_STATUS: Final = {status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n".encode() for status in HTTPStatus}
_BODILESS: Final = frozenset({204, 304})


class LeanCycle(RequestResponseCycle):
    """Answers with headers that are known to be well formed. The head leaves together with the first of the body."""

    head: bytes | None = None

    async def send(self, message: Any) -> None:  # noqa: ANN401 - an ASGI message
        if self.flow.write_paused and not self.disconnected:
            await self.flow.drain()
        if self.disconnected or self.response_complete:  # a late byte would stand in the next answer
            return
        if not self.response_started:
            self._begin(message["status"], message["headers"])
            return
        body = message.get("body", b"")
        more = message.get("more_body", False)
        data = self._frame(body, last=not more)
        if self.head is not None:
            data = self.head + data
            self.head = None
        self.transport.write(data)
        if not more:
            self._end()

    def _begin(self, status: int, headers: list[tuple[bytes, bytes]]) -> None:
        self.response_started = True
        self.waiting_for_100_continue = False
        lines = [_STATUS[status]]
        self.chunked_encoding = status not in _BODILESS
        for name, value in (*self.default_headers, *headers):
            if name == b"connection":  # only ever "close"
                self.keep_alive = False
                continue
            lines += (name, b": ", value, b"\r\n")
            if name == b"content-length":
                self.chunked_encoding = False
        if not self.keep_alive:
            lines.append(b"connection: close\r\n")
        if self.scope["http_version"] != "1.1":
            self.chunked_encoding = False  # the body lasts until the connection closes
        if self.chunked_encoding:
            lines.append(b"transfer-encoding: chunked\r\n")
        lines.append(b"\r\n")
        self.head = b"".join(lines)

    def _frame(self, body: bytes, *, last: bool) -> bytes:
        if self.scope["method"] == "HEAD":
            return b""
        if not self.chunked_encoding:
            return body
        end = b"0\r\n\r\n" if last else b""
        return b"%x\r\n%b\r\n%b" % (len(body), body, end) if body else end

    def _end(self) -> None:
        self.response_complete = True
        self.message_event.set()
        if not self.keep_alive:
            self.transport.close()
        self.on_response()


class GuardedProtocol(HttpToolsProtocol):
    """Puts itself into `scope["extensions"]["waystation.connection"]`: see `gateway.asgi.Connection`."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - passed on as uvicorn gives them
        super().__init__(*args, **kwargs)
        self.lost = False
        self.react: Callable[[], None] | None = None
        self._head_bytes = 0
        self._head_due_at: float | None = None  # while a head is awaited
        self._head_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn has it
        super().connection_made(transport)
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        if self._head_timer is not None:
            self._head_timer.cancel()
        self.lost = True
        if self.react is not None:
            self.react()

    def abort(self) -> None:
        """Drop the connection with whatever is still to be written."""
        self.transport.abort()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["extensions"] = {"waystation.connection": self}  # type: ignore[dict-item] # an object of ours
        self._head_bytes = 0
        self._await_head()

    def on_url(self, url: bytes) -> None:
        self.url += url
        self._head_bytes += len(url)
        if self._head_bytes > HEAD_BYTES_MAX:
            raise httptools.HttpParserError("the request's target is too long")

    def on_header(self, name: bytes, value: bytes) -> None:
        self._head_bytes += len(name) + len(value)
        if self._head_bytes > HEAD_BYTES_MAX or len(self.headers) >= HEADERS_MAX:
            raise httptools.HttpParserError("the request's head is too large")
        name = name.lower()
        if name == b"expect":
            self.expect_100_continue = value.lower() == b"100-continue"
        self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        self._head_due_at = None
        version = self.parser.get_http_version()
        self._describe(version)
        before: RequestResponseCycle | None = self.cycle
        self.cycle = LeanCycle(
            scope=self.scope,
            transport=self.transport,
            flow=self.flow,
            logger=self.logger,
            access_logger=self.access_logger,
            access_log=False,
            default_headers=self.server_state.default_headers,
            message_event=asyncio.Event(),
            expect_100_continue=self.expect_100_continue,
            keep_alive=version != "1.0" and self.parser.should_keep_alive(),
            on_response=self.on_response_complete,
        )
        if before is not None and not before.response_complete:  # a pipelined request waits for its turn
            self.flow.pause_reading()
            self.pipeline.appendleft((self.cycle, self.app))
        else:
            self._start_asgi_task(self.cycle, self.app)

    def _describe(self, version: str) -> None:
        scope = self.scope
        scope["method"] = self.parser.get_method().decode("ascii")
        scope["http_version"] = version
        url = httptools.parse_url(self.url)
        scope["raw_path"] = url.path
        path = url.path.decode("ascii")
        scope["path"] = unquote(path) if "%" in path else path
        scope["query_string"] = url.query or b""

    def _await_head(self) -> None:
        """One timer per connection: it looks at what is due when it fires, so a request costs none."""
        self._head_due_at = self.loop.time() + HEAD_S
        if self._head_timer is None:
            self._head_timer = self.loop.call_later(HEAD_S, self._look)

    def _look(self) -> None:
        self._head_timer = None
        if self._head_due_at is None:
            return
        if self.loop.time() >= self._head_due_at:
            self.abort()
        else:
            self._head_timer = self.loop.call_at(self._head_due_at, self._look)


class Server(uvicorn.Server):
    """uvicorn's server without its hands on the process' signals: who runs it decides when it stops.

    `listening` is set once it listens, and then `port` is the bound one.
    """

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()
        self.port = config.port

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self.port = self.servers[0].sockets[0].getsockname()[1]
            self.listening.set()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    def stop(self) -> None:
        """Take no new connection, let open calls finish within the drain time, then end `serve`. Twice: end at once."""
        self.force_exit = self.should_exit
        self.should_exit = True


def server_for(app: ASGIApp, *, host: str, port: int, drain_s: float) -> Server:
    """A server that is ready to `serve()`. Access is in the call records, so uvicorn keeps no log of its own."""
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        http=GuardedProtocol,
        ws="none",
        lifespan="off",
        loop="none",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=round(drain_s),
        backlog=4096,
    )
    return Server(config)
