"""What the doctor asks Redis, as a gateway would."""

from collections.abc import AsyncIterator
from time import perf_counter
from typing import Final

from redis.asyncio import Redis

from waystation.adapters.clock import SystemClock
from waystation.adapters.redis.address import LOST, RedisAddress, address_of
from waystation.adapters.redis.limiter import RedisLimiter
from waystation.adapters.redis.visit import RedisPass
from waystation.house.finding import Finding
from waystation.wire.errors import HouseError, Misconfigured
from waystation.wire.limit import Bound, Bounds, EntryOrder, Limit

_SUBJECT: Final = "Redis"


async def examine_redis(url: str) -> list[Finding]:
    """Every finding, good ones too. What it counts to see whether counting works is gone in a minute."""
    try:
        address = address_of(url)
    except Misconfigured as error:
        return [Finding(False, _SUBJECT, error.message)]
    client = address.client()
    try:
        return [finding async for finding in _asked(client, address)]
    except LOST as error:
        return [Finding(False, _SUBJECT, f"can't be used: {str(error).rstrip('.') or type(error).__name__}")]
    finally:
        await client.aclose()


async def _asked(client: Redis, address: RedisAddress) -> AsyncIterator[Finding]:
    told = await client.info()
    began = perf_counter()
    await client.ping()
    took_ms = (perf_counter() - began) * 1000
    yield Finding(True, _SUBJECT, f"{told.get('redis_version', 'unknown')}, answers in {took_ms:.1f} ms")
    policy = told.get("maxmemory_policy", "noeviction")
    if told.get("maxmemory") and policy != "noeviction":
        words = f"{policy}: when its memory is full it forgets counts that are needed; set maxmemory-policy noeviction"
        yield Finding(False, "Redis, eviction", words)
    await client.publish(f"{address.prefix}:doctor", "")
    yield await _counted(address)


async def _counted(address: RedisAddress) -> Finding:
    """Whether the scripts run: a call is let in, and leaves."""
    limiter = RedisLimiter(address, SystemClock().new_id("gate"))
    await limiter.line.start()
    bound = Bound("doctor", "token", "the doctor", Limit(rpm=1_000_000, concurrency=1_000_000))
    try:
        entry = await limiter.enter(EntryOrder(Bounds((bound,), metered=False), 0))
        if isinstance(entry, RedisPass):
            entry.leave(None)
    except HouseError as error:
        return Finding(False, "Redis, limits", error.message)
    finally:
        await limiter.aclose()
    return Finding(True, "Redis, limits", "counted")
