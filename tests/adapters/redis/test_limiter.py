from collections.abc import AsyncIterator

import pytest

from tests.adapters.redis.world import RedisWorld
from tests.contract.limiter import LimiterContract


@pytest.fixture
async def world() -> AsyncIterator[RedisWorld]:
    async with RedisWorld() as world:
        yield world


class TestRedisLimiter(LimiterContract):
    pass
