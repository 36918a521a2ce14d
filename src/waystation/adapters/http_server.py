"""uvicorn's HTTP protocol with the bounds that it lacks, and the two things that ASGI can't say: hung up, and abort.

Its httptools protocol has no limit on a request's head and waits for ever for one to be complete (uvicorn 0.54).
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import httptools
import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_BYTES_MAX: Final = 64 * 1024  # nginx allows 32 KiB, Node 16 KiB; Claude Code's beta headers are the longest seen
HEADERS_MAX: Final = 128
HEAD_S: Final = 30.0
KEEP_ALIVE_S: Final = 75  # longer than the 60 s of common load balancers, who should be the ones to close

ASGIApp = Callable[[dict[str, Any], Any, Any], Awaitable[None]]


class GuardedProtocol(HttpToolsProtocol):
    """Puts itself into `scope["extensions"]["waystation.connection"]`: see `gateway.connection.Connection`."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - passed on as uvicorn gives them
        super().__init__(*args, **kwargs)
        self.lost = False
        self.react: Callable[[], None] | None = None
        self._head_bytes = 0
        self._head_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn has it
        super().connection_made(transport)
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._unset_head_timer()
        self.lost = True
        if self.react is not None:
            self.react()

    def abort(self) -> None:
        """Drop the connection with whatever is still to be written."""
        self.transport.abort()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["extensions"] = {"waystation.connection": self}  # type: ignore[typeddict-item] # a key of ours
        self._head_bytes = 0
        if self._head_timer is None:
            self._await_head()

    def on_url(self, url: bytes) -> None:
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._count(len(name) + len(value))
        if len(self.headers) >= HEADERS_MAX:
            raise httptools.HttpParserError("too many headers")
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._unset_head_timer()
        super().on_headers_complete()

    def _count(self, size: int) -> None:
        self._head_bytes += size
        if self._head_bytes > HEAD_BYTES_MAX:
            raise httptools.HttpParserError("the request's head is too large")

    def _await_head(self) -> None:
        self._head_timer = self.loop.call_later(HEAD_S, self.abort)

    def _unset_head_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None


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
