"""What this gateway shares with all others through Redis."""

from waystation.adapters.redis.address import RedisAddress, address_of
from waystation.adapters.redis.ear import Ear
from waystation.adapters.redis.limiter import RedisLimiter
from waystation.ports import Clock


class Sharing:
    """Between `start` and `aclose`. Redis may come later, and go: what it is asked for goes on without it."""

    def __init__(self, address: RedisAddress, clock: Clock) -> None:
        gate = clock.new_id("gate")
        self.limiter = RedisLimiter(address, gate)
        self._ear = Ear(address, {f"wake:{gate}": self._wake}, self._catch_up)

    async def start(self) -> None:
        await self.limiter.start()
        await self._ear.start()

    async def aclose(self) -> None:
        await self._ear.aclose()
        await self.limiter.aclose()

    @property
    def lost(self) -> bool:
        return self.limiter.line.lost

    def _wake(self, told: bytes) -> None:
        self.limiter.wake(told.decode())

    async def _catch_up(self) -> None:
        pass


def sharing_of(url: str, clock: Clock) -> Sharing:
    """Raises: Misconfigured."""
    return Sharing(address_of(url), clock)
