"""A gateway's limiter on a real Redis, and a look at what is kept there."""

from typing import Final, Self

from tests.redis_place import fresh
from waystation.adapters.redis.address import RedisAddress, address_of
from waystation.adapters.redis.ear import Ear
from waystation.adapters.redis.limiter import RedisLimiter
from waystation.adapters.redis.visit import RedisPass
from waystation.ports import Waiting
from waystation.wire.limit import Bounds, EntryOrder, Limited

NOTHING: Final = Bounds((), metered=False)

# Makes what was counted older by so many ticks.
_AGE: Final = """
for _, rate in ipairs(redis.call('KEYS', KEYS[1] .. ':rate:*')) do
  local fields, older = redis.call('HGETALL', rate), {}
  for place = 1, #fields, 2 do
    local tick, suffix = string.match(fields[place], '^(%d+)(k?)$')
    older[#older + 1] = tick and string.format('%.0f', tick - ARGV[1]) .. suffix or fields[place]
    older[#older + 1] = fields[place] == 't' and string.format('%.0f', fields[place + 1] - ARGV[1]) or fields[place + 1]
  end
  redis.call('DEL', rate)
  redis.call('HSET', rate, unpack(older))
end
for _, ticks in ipairs(redis.call('KEYS', KEYS[1] .. ':ticks:*')) do
  for place, tick in ipairs(redis.call('LRANGE', ticks, 0, -1)) do
    redis.call('LSET', ticks, place - 1, string.format('%.0f', tick - ARGV[1]))
  end
end
"""


class Remembering(RedisLimiter):
    """It knows whom it has let in at once: when what was counted is made older, so is the time of their entry."""

    def __init__(self, address: RedisAddress, gate: str) -> None:
        super().__init__(address, gate)
        self.passes: list[RedisPass] = []

    async def enter(self, order: EntryOrder) -> RedisPass | Limited | Waiting:
        answer = await super().enter(order)
        if isinstance(answer, RedisPass):
            self.passes.append(answer)
        return answer


class RedisWorld:
    """Implements `contract.limiter.World`. Others may share its `address`."""

    def __init__(self, address: RedisAddress | None = None, gate: str = "gate_1") -> None:
        self.address = address or address_of(fresh())
        self.limiter = Remembering(self.address, gate)
        self._ear = Ear(self.address, {f"wake:{gate}": lambda told: self.limiter.wake(told.decode())}, self._caught_up)
        self.client = self.address.client(timeout_s=10)

    async def __aenter__(self) -> Self:
        await self.limiter.start()
        await self._ear.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._ear.aclose()
        await self.limiter.aclose()
        await self.client.aclose()

    @property
    def waiting(self) -> int:
        return self.limiter.waiting

    async def pass_time(self, seconds: float) -> None:
        await self.settle()
        for entry in self.limiter.passes:
            entry._tick -= round(seconds * 10)
        await self.client.eval(_AGE, 1, self.address.prefix, round(seconds * 10))

    async def slots(self, bound_id: str) -> int:
        await self.settle()
        return int(await self.client.hget(f"{self.address.prefix}:slots", bound_id) or 0)

    async def settle(self) -> None:
        """Whoever is let in now comes after everything that was told before; twice, since that may cause more."""
        for _ in range(2):
            await self.limiter.enter(EntryOrder(NOTHING, 0))

    async def _caught_up(self) -> None:
        pass
