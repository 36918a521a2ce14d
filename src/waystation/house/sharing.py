"""What this gateway shares with all others through Redis."""

import logging

from waystation.adapters.redis.address import RedisAddress, address_of
from waystation.adapters.redis.ear import Ear
from waystation.adapters.redis.key_states import KeyStates
from waystation.adapters.redis.limiter import RedisLimiter
from waystation.keys.book import Book
from waystation.ports import Clock

log = logging.getLogger(__name__)


class Sharing:
    """Between `start` and `aclose`. Redis may come later, and go: what it is asked for goes on without it."""

    def __init__(self, address: RedisAddress, clock: Clock, book: Book) -> None:
        gate = clock.new_id("gate")
        self.limiter = RedisLimiter(address, gate)
        self.keys = KeyStates(address, gate, book)
        self._ear = Ear(address, {f"wake:{gate}": self._wake, "keys": self.keys.hear}, self.keys.catch_up)
        book.share = self.keys.share
        self.limiter.line.tell_processes = lambda count: _share_ceilings(book, count)

    async def start(self) -> None:
        await self.limiter.start()
        await self.keys.start()
        await self._ear.start()

    async def aclose(self) -> None:
        await self._ear.aclose()
        await self.keys.aclose()
        await self.limiter.aclose()

    @property
    def lost(self) -> bool:
        return self.limiter.line.lost

    def _wake(self, told: bytes) -> None:
        self.limiter.wake(told.decode())


def _share_ceilings(book: Book, processes: int) -> None:
    if processes != book.processes:
        log.info("ceilings of keys shared", extra={"processes": processes})
        book.share_ceilings(processes)


def sharing_of(url: str, clock: Clock, book: Book) -> Sharing:
    """Raises: Misconfigured."""
    return Sharing(address_of(url), clock, book)
