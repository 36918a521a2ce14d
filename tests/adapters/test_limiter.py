import asyncio
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.contract.limiter import LimiterContract, bounds, crowd, get_in, let_in, queued, wait
from waystation.adapters import limiter as limiter_module
from waystation.adapters.limiter import MemoryLimiter
from waystation.limits.gauge import WINDOW_TICKS
from waystation.wire.limit import Limit


class MemoryWorld:
    """A limiter with a clock that is moved by hand."""

    def __init__(self) -> None:
        self.at = 100.0
        self.limiter = MemoryLimiter(lambda: self.at)

    @property
    def waiting(self) -> int:
        return self.limiter.waiting

    async def pass_time(self, seconds: float) -> None:
        self.at += seconds

    async def slots(self, bound_id: str) -> int:
        gauge = self.limiter._gauges[bound_id]
        assert gauge.bound.limit.concurrency is not None
        return gauge.bound.limit.concurrency - gauge.slots


@pytest.fixture
def world() -> MemoryWorld:
    return MemoryWorld()


class TestMemoryLimiter(LimiterContract):
    pass


async def test_who_was_just_let_in_and_leaves_before_it_hears_of_it_gives_its_slot_on() -> None:
    world, limits = MemoryWorld(), bounds(acme=Limit(rpm=3, concurrency=1, queue=5, queue_s=60))
    under_way = await get_in(world, limits)
    first, second = await wait(world, limits), await wait(world, limits)
    waiting = [asyncio.ensure_future(place.outcome()) for place in (first, second)]
    await asyncio.sleep(0)
    under_way.leave(None)
    first.leave()
    assert await waiting[0] is None
    assert await waiting[1] is not None
    assert world.limiter._gauges["acme"].requests == 1


async def test_of_two_queues_whose_slots_are_free_the_narrower_limit_s_is_asked_first() -> None:
    world, token, org = MemoryWorld(), queued(), queued(concurrency=2)
    both = bounds(alice=token, acme=org)
    mine = await get_in(world, both)
    early = await wait(world, both)  # in the token's queue
    other = await get_in(world, bounds(acme=org))
    late, third = await wait(world, bounds(acme=org)), await wait(world, bounds(acme=org))
    mine.leave(None)
    await let_in(early)
    other.leave(None)
    entry = await let_in(late)
    again = await wait(world, both)
    entry.leave(None)
    await let_in(third)
    assert (await world.slots("alice"), await world.slots("acme"), world.waiting) == (1, 2, 1)
    again.leave()


async def test_what_nobody_would_miss_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limiter_module, "CHAINS_MAX", 2)
    world = MemoryWorld()
    (await get_in(world, bounds(old=Limit(rpm=5)))).leave(None)
    await get_in(world, bounds(busy=Limit(concurrency=5)))
    world.at += (WINDOW_TICKS + 1) / 10
    (await get_in(world, bounds(acme=Limit(rpm=5)))).leave(None)
    assert set(world.limiter._gauges) == {"busy", "acme"}
    assert (len(world.limiter._chains), await world.slots("busy")) == (1, 1)


@given(
    seed=st.integers(0, 2**32),
    concurrency=st.tuples(st.integers(1, 4), st.integers(1, 4)),
    queue=st.tuples(st.integers(0, 4), st.integers(0, 4)),
    rpm=st.integers(1, 40),
)
def test_however_calls_come_wait_and_leave_no_slot_is_lost(
    seed: int, concurrency: tuple[int, int], queue: tuple[int, int], rpm: int
) -> None:
    acme = Limit(rpm=rpm, concurrency=concurrency[0], queue=queue[0], queue_s=60)
    model = Limit(tpm=10_000, concurrency=concurrency[1], queue=queue[1], queue_s=60)
    asyncio.run(crowd(MemoryWorld(), random.Random(seed), acme, model))
