"""The connections to one endpoint: the idle ones, the bound on all, and the queue before it."""

import asyncio
from collections import deque
from dataclasses import dataclass

from waystation.adapters.upstream_http.connection import Connection
from waystation.adapters.upstream_http.dial import Dialer
from waystation.adapters.upstream_http.head import HeadWriter
from waystation.ports import Endpoint
from waystation.wire.errors import ConnectFailed, ConnectionLost


@dataclass(frozen=True, slots=True)
class PoolLimits:
    """Per endpoint. `idle_s` stays below the 60 or 75 s after which common servers close."""

    connections_max: int = 1000
    idle_max: int = 256
    waiting_max: int = 1000
    idle_s: float = 30.0


@dataclass(frozen=True, slots=True)
class PoolStats:
    """`open` counts the idle ones too, and those that are being opened."""

    endpoint: Endpoint
    open: int
    idle: int
    waiting: int


class Pool:
    """`idle` is a stack: the youngest serves next, so that the others can grow old and go."""

    __slots__ = ("_closed", "_dialer", "_limits", "_live", "_opening", "_waiting", "endpoint", "heads", "idle", "name")

    def __init__(self, endpoint: Endpoint, limits: PoolLimits, dialer: Dialer) -> None:
        self.endpoint = endpoint
        self.name = f"{endpoint.host}:{endpoint.port}"
        self.heads = HeadWriter(endpoint)
        self.idle: list[Connection] = []
        self._limits = limits
        self._dialer = dialer
        self._live: set[Connection] = set()
        self._opening = 0
        self._closed = False
        # Each waits for a connection that was freed, or for None: the right to open one.
        self._waiting: deque[asyncio.Future[Connection | None]] = deque()

    @property
    def unused(self) -> bool:
        return not self._live and not self._opening and not self._waiting

    def stats(self) -> PoolStats:
        return PoolStats(self.endpoint, self._open(), len(self.idle), len(self._waiting))

    async def connection(self, budget_s: float) -> Connection:
        """One that is not from the idle stack: a new one, or the next that is freed if there may be no more.

        First come, first served. The caller stops it when the budget is spent. Raises: ConnectFailed.
        """
        while True:
            if self._open() < self._limits.connections_max:
                self._opening += 1
            elif self.idle:
                self._opening += 1
                self.idle[0].shut()
            else:
                connection = await self._turn()
                if connection is not None:
                    if connection.closed:  # between the word and the deed
                        continue
                    return connection
            return await self._connect(budget_s)

    async def close(self) -> None:
        """Close every connection; whoever uses one or waits for one gets an error."""
        self._closed = True
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_exception(ConnectFailed(f"{self.name}: connect: the transport was closed"))
        closing = tuple(self._live)
        for connection in closing:
            connection.shut(ConnectionLost(f"{self.name}: the transport was closed", received=True))
        for connection in closing:
            await connection.until_lost()

    def _open(self) -> int:
        return len(self._live) + self._opening

    async def _connect(self, budget_s: float) -> Connection:
        """Use the right to open one. Raises: ConnectFailed."""
        connection: Connection | None = None
        try:
            connection = await self._dialer.dial(self.endpoint, budget_s, self._make)
        finally:
            self._opening -= 1
            if connection is not None and not connection.closed:
                self._live.add(connection)
            else:
                self._grant()
        if self._closed:
            connection.shut()
        if connection.closed:
            raise ConnectFailed(f"{self.name}: connect: closed at once")
        return connection

    def _make(self) -> Connection:
        return Connection(asyncio.get_running_loop(), self.name, self._limits.idle_s, self._freed, self._gone)

    async def _turn(self) -> Connection | None:
        if len(self._waiting) >= self._limits.waiting_max:
            raise ConnectFailed(f"{self.name}: connect: {len(self._waiting)} calls wait for a connection already")
        turn: asyncio.Future[Connection | None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            return await turn
        except asyncio.CancelledError:
            if not turn.cancelled():  # the turn came and nobody is there to take it
                self._give_back(turn.result())
            elif turn in self._waiting:
                self._waiting.remove(turn)
            raise

    def _give_back(self, turn: Connection | None) -> None:
        if turn is None:
            self._opening -= 1
            self._grant()
        elif not turn.closed:
            self._freed(turn)

    def _freed(self, connection: Connection) -> None:
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(connection)
                return
        if len(self.idle) < self._limits.idle_max:
            self.idle.append(connection)
        else:
            connection.shut()

    def _gone(self, connection: Connection) -> None:
        self._live.discard(connection)
        if connection in self.idle:
            self.idle.remove(connection)
        self._grant()

    def _grant(self) -> None:
        """Let the first in the queue open a connection, if there is room."""
        while self._waiting and self._open() < self._limits.connections_max:
            turn = self._waiting.popleft()
            if not turn.done():
                self._opening += 1
                turn.set_result(None)
