"""uvicorn's server, whose protocol is our own and whose life is somebody else's to end."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final, cast

import uvicorn

from waystation.adapters.http_server.connection import Connection

LATE_S: Final = 0.05  # less than uvicorn waits between its word to the connections and its look at what is left

ASGIApp = Callable[[dict[str, Any], Any, Any], Awaitable[None]]


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

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """As uvicorn's, and also for who was being accepted when it said goodbye to all connections."""
        asyncio.get_running_loop().call_later(LATE_S, self._part)
        await super().shutdown(sockets)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    def stop(self) -> None:
        """Take no new connection, let open calls finish within the drain time, then end `serve`. Twice: end at once."""
        self.force_exit = self.should_exit
        self.should_exit = True
        if self.force_exit:  # since Python 3.12 a server is closed only when its last connection is
            for connection in cast("set[Connection]", self.server_state.connections).copy():
                connection.abort()

    def _part(self) -> None:
        for connection in cast("set[Connection]", self.server_state.connections).copy():
            connection.shutdown()


def server_for(app: ASGIApp, *, host: str, port: int, drain_s: float) -> Server:
    """A server that is ready to `serve()`. Access is in the call records, so uvicorn keeps no log of its own."""
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        interface="asgi3",
        http=Connection,
        ws="none",
        lifespan="off",
        loop="none",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=round(drain_s),
        backlog=4096,
    )
    return Server(config)
