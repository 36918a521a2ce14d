"""A few connections for what is asked for one by one, beside the ledger's own."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from waystation.adapters.postgres.address import Address
from waystation.adapters.postgres.link import LOST, Connection, Link
from waystation.wire.errors import StoreUnavailable

COUNT: Final = 4
PATIENCE_S: Final = 5.0  # for a link, and for an answer over it
_TRIES: Final = 2  # a connection that broke while it lay idle tells so when it is used again

T = TypeVar("T")
Work = Callable[[Connection], Awaitable[T]]


class Links:
    """What is done here may be done twice if a connection breaks: it must come to the same."""

    def __init__(self, address: Address, *, count: int = COUNT) -> None:
        self._idle = [Link(address, command_s=PATIENCE_S) for _ in range(count)]
        self._all = tuple(self._idle)
        self._free = asyncio.Semaphore(count)

    async def do(self, work: Work[T]) -> T:
        """Raises: StoreUnavailable, and what `work` raises."""
        try:
            async with asyncio.timeout(2 * PATIENCE_S), self._free:
                return await self._try(work)
        except LOST as error:
            raise StoreUnavailable("The database can't be reached right now.") from error

    async def aclose(self) -> None:
        for link in self._all:
            await link.aclose()

    async def _try(self, work: Work[T]) -> T:
        link = self._idle.pop()
        try:
            for tries_left in reversed(range(_TRIES)):
                try:
                    async with link.speaking() as connection:
                        return await work(connection)
                except LOST:
                    link.drop()
                    if not tries_left:
                        raise
                except asyncio.CancelledError:
                    link.drop()
                    raise
        finally:
            self._idle.append(link)
        raise AssertionError
