"""The double as a running server, with the knobs and the memory that tests and rigs use."""

import asyncio
from collections import deque
from types import TracebackType
from typing import Self

from waystation.demo.board import FaultBoard
from waystation.demo.connection import Connection
from waystation.demo.desk import Desk
from waystation.demo.faults import Fault, fault_named
from waystation.demo.seen import Memory, SeenCall
from waystation.demo.settings import DemoSettings
from waystation.demo.usage import Usage

__all__ = ["DemoSettings", "DemoUpstream", "SeenCall", "Usage"]

_BACKLOG = 1024  # a burst of a load test's connections


class DemoUpstream:
    """Lives on the loop that starts it. Raises ValueError if the settings name no known fault."""

    def __init__(self, settings: DemoSettings | None = None) -> None:
        self.settings = settings if settings is not None else DemoSettings()
        self._board = FaultBoard()
        self._memory = Memory(self.settings.kept_calls, self.settings.kept_usages)
        self._connections: set[Connection] = set()
        self._server: asyncio.Server | None = None
        self._address = ("127.0.0.1", 0)
        if self.settings.fault is not None:
            self.set_fault(self.settings.fault)

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> int:
        """The bound port. Raises OSError if the address is taken."""
        loop = asyncio.get_running_loop()
        desk = Desk(self.settings, self._board, self._memory, loop.time)

        def connection() -> Connection:
            made = Connection(desk, self._connections.discard)
            self._connections.add(made)
            return made

        self._server = await loop.create_server(connection, host, port, backlog=_BACKLOG)
        self._address = (host, self._server.sockets[0].getsockname()[1])
        return self.port

    async def stop(self) -> None:
        """Stops listening, so that the next caller is refused, and breaks what is still open."""
        server, self._server = self._server, None
        if server is None:
            return
        server.close()
        for connection in tuple(self._connections):
            connection.abort()
        await server.wait_closed()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    def set_fault(
        self, fault: Fault | str | None, times: int | None = None, *, key: str | None = None, model: str | None = None
    ) -> None:
        """From now on, for so many calls or for ever; it does not touch answers that have begun.

        The most particular fault strikes: for key and model, for the key, for the model, for all. None takes down the
        fault of that key and model, and without them every fault. Faults strike calls of a model, in every
        language; `refuse` for all strikes every connection. Raises ValueError for a name that no fault has.
        """
        if fault is None:
            self._board.clear(key, model)
        else:
            self._board.post(fault_named(fault) if isinstance(fault, str) else fault, times, key, model)

    @property
    def port(self) -> int:
        return self._address[1]

    @property
    def base_url(self) -> str:
        """Where clients of the OpenAI API point, as in `base_url`; others leave out the prefix."""
        return f"http://{self._address[0]}:{self.port}{self.settings.prefix}"

    @property
    def open_connections(self) -> int:
        return len(self._connections)

    @property
    def calls(self) -> deque[SeenCall]:
        """The last calls, oldest first."""
        return self._memory.calls

    @property
    def total_calls(self) -> int:
        """All calls since the start, also those that are no longer remembered."""
        return self._memory.total

    @property
    def usage_by_completion_id(self) -> dict[str, Usage]:
        """The true usage of every completion that was begun, whatever a fault made of it; the oldest are forgotten."""
        return self._memory.by_completion_id

    @property
    def usage_by_request_id(self) -> dict[str, Usage]:
        """The same by the caller's x-request-id or x-client-request-id."""
        return self._memory.by_request_id
