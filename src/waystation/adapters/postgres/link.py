"""One connection to the database, which is made anew after it broke. Whoever has a link is its only user."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from typing import Any, Final, Protocol

import asyncpg

from waystation.adapters.postgres.address import Address

COMMAND_S: Final = 1.0  # a batch takes a few milliseconds; who waits longer waits for a database that is not well

# What says that the database, or the way to it, is lost for now. A statement that was refused is no such thing.
LOST: Final = (
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.ReadOnlySQLTransactionError,  # after a failover, before it is the new primary
)


Row = tuple[Any, ...]  # asyncpg's rows are read like one


class Connection(Protocol):
    """What is used of asyncpg's connection."""

    async def execute(self, query: str, *arguments: object) -> str: ...

    async def fetch(self, query: str, *arguments: object) -> list[Row]: ...

    async def fetchrow(self, query: str, *arguments: object) -> Row | None: ...

    async def fetchval(self, query: str, *arguments: object) -> object: ...

    def transaction(self) -> AbstractAsyncContextManager[object]: ...

    async def add_listener(self, channel: str, callback: Callable[..., None]) -> None: ...


class Link:
    """`command_s`: how long one statement may take, and connecting."""

    def __init__(self, address: Address, *, command_s: float | None = None) -> None:
        self._address = address
        self._command_s = COMMAND_S if command_s is None else command_s
        self._connection: Any = None

    @property
    def is_open(self) -> bool:
        return self._connection is not None and not self._connection.is_closed()

    async def connection(self) -> Connection:
        """The connection of asyncpg, in autocommit. Raises: one of LOST."""
        if not self.is_open:
            self._connection = await asyncpg.connect(
                **self._address.options,
                timeout=self._command_s,
                command_timeout=self._command_s,
                server_settings={} if self._address.pooled else {"application_name": "waystation"},
            )
        connection: Connection = self._connection
        return connection

    @asynccontextmanager
    async def speaking(self) -> AsyncIterator[Connection]:
        """The connection for one statement, or for some of which each stands for itself.

        Behind a pooler that keeps no statements, parse and execute must be in one transaction.
        """
        connection = await self.connection()
        if not self._address.pooled:
            yield connection
            return
        async with connection.transaction():
            yield connection

    def drop(self) -> None:
        """Forget the connection. What it was asked for last may be done, and may not."""
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None

    async def aclose(self) -> None:
        if self._connection is not None:
            with suppress(*LOST, asyncio.CancelledError):
                await self._connection.close(timeout=COMMAND_S)
            self.drop()
