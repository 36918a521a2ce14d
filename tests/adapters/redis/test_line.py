"""Redis lost, paused, flushed: calls hear of it at once, nobody waits twice, and what is held is counted again."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from rigs.redis_server import RedisServer
from tests.adapters.redis.world import RedisWorld
from tests.contract.limiter import bounds, enter, get_in, let_in, queued, refused, wait
from waystation.adapters.redis import line
from waystation.adapters.redis.address import address_of
from waystation.wire.errors import LimiterUnavailable
from waystation.wire.limit import Limit

TWO = bounds(acme=Limit(concurrency=2, rpm=100))


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path / "redis")
    server.start()
    yield server
    server.stop()


@pytest.fixture
async def world(server: RedisServer) -> AsyncIterator[RedisWorld]:
    async with RedisWorld(address_of(server.url)) as world:
        yield world


async def lost(world: RedisWorld) -> None:
    with pytest.raises(LimiterUnavailable, match=r"^Redis can't be asked for limits: "):
        await enter(world, TWO)
    assert world.limiter.line.lost


async def back(world: RedisWorld) -> None:
    async with asyncio.timeout(30):
        while world.limiter.line.lost:  # noqa: ASYNC110 - it is told by nothing else
            await asyncio.sleep(0.01)


async def test_a_redis_that_is_gone_is_not_asked_again_until_it_is_back(server: RedisServer, world: RedisWorld) -> None:
    under_way = await get_in(world, TWO)
    server.kill()
    await lost(world)
    asked = world.limiter.line._waiting
    for _ in range(100):
        await lost(world)
    assert asked == []
    server.start()
    await back(world)
    assert await world.slots("acme") == 1  # what is under way counts in the new one too
    under_way.leave(None)
    assert await world.slots("acme") == 0


async def test_what_ended_while_it_was_gone_holds_nothing(server: RedisServer, world: RedisWorld) -> None:
    first, second = await get_in(world, TWO), await get_in(world, TWO)
    server.kill()
    await lost(world)
    first.leave(None)
    server.start()
    await back(world)
    assert await world.slots("acme") == 1
    second.leave(None)
    assert await world.slots("acme") == 0


async def test_all_who_wait_for_a_redis_that_does_not_answer_hear_of_it(server: RedisServer, world: RedisWorld) -> None:
    server.pause()
    try:
        outcomes = await asyncio.gather(*(enter(world, TWO) for _ in range(50)), return_exceptions=True)
        assert all(isinstance(outcome, LimiterUnavailable) for outcome in outcomes), outcomes
        assert "no answer within 0.5 seconds" in str(outcomes[0])
        await lost(world)
    finally:
        server.resume()
    await back(world)
    assert await world.slots("acme") == 0  # of an order that it got and never answered, nothing is left
    await asyncio.gather(*(get_in(world, TWO) for _ in range(2)))
    assert await world.slots("acme") == 2


async def test_writes_that_are_paused_are_as_lost(server: RedisServer, world: RedisWorld) -> None:
    client = server.client()
    client.execute_command("CLIENT", "PAUSE", "100000", "WRITE")
    await lost(world)
    client.execute_command("CLIENT", "UNPAUSE")
    client.close()
    await back(world)
    await get_in(world, TWO)


async def test_who_waits_in_a_queue_hears_of_the_loss(server: RedisServer, world: RedisWorld) -> None:
    limits = bounds(acme=queued())
    await get_in(world, limits)
    outcome = asyncio.ensure_future((await wait(world, limits)).outcome())
    await asyncio.sleep(0)
    server.kill()
    with pytest.raises(LimiterUnavailable):
        await outcome
    assert world.waiting == 0


async def test_after_a_flush_what_is_held_is_said_again_and_nobody_notices(
    server: RedisServer, world: RedisWorld
) -> None:
    first, _ = await get_in(world, TWO), await get_in(world, TWO)
    client = server.client()
    client.flushall()
    client.script_flush()
    client.close()
    await refused(world, TWO)
    assert await world.slots("acme") == 2
    first.leave(None)
    await get_in(world, TWO)
    assert not world.limiter.line.lost


async def test_who_waits_keeps_its_place_over_a_flush(server: RedisServer, world: RedisWorld) -> None:
    limits = bounds(acme=queued())
    under_way = await get_in(world, limits)
    first, second = await wait(world, limits), await wait(world, limits)
    client = server.client()
    client.flushall()
    under_way.leave(None)
    entry = await let_in(first)
    assert world.waiting == 1
    entry.leave(None)
    await let_in(second)
    client.close()


async def test_a_script_that_redis_has_forgotten_is_told_again(server: RedisServer, world: RedisWorld) -> None:
    client = server.client()
    client.script_flush()
    client.close()
    await get_in(world, TWO)
    assert not world.limiter.line.lost


async def test_the_places_of_a_gateway_that_is_dead_come_back(
    server: RedisServer, world: RedisWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line, "BEAT_S", 0.05)
    limits = bounds(acme=queued(concurrency=2))
    dying = RedisWorld(world.address, "gate_2")
    async with dying:
        await get_in(dying, limits)
        await get_in(world, limits)
        await wait(dying, limits)
        place = await wait(world, limits)
        await world.settle()
        dying.limiter.line._closing = True  # as if it were killed: it says nothing any more
        dying.limiter.line._kick.set()
        client = server.client()
        prefix = world.address.prefix
        run = next(run for run in client.zrange(f"{prefix}:runs", 0, -1) if run.startswith("gate_2"))
        client.zadd(f"{prefix}:runs", {run: 1})  # its time is over
        await let_in(place)
        assert await world.slots("acme") == 2
        assert client.hgetall(f"{prefix}:held:{run}") == {}
        client.close()


async def test_a_gateway_that_ends_leaves_nothing(world: RedisWorld) -> None:
    other = RedisWorld(world.address, "gate_2")
    async with other:
        await get_in(other, TWO)
        assert await other.slots("acme") == 1
    assert await world.slots("acme") == 0
    with pytest.raises(LimiterUnavailable, match="this gateway ends"):
        await enter(other, TWO)


async def test_two_gateways_count_as_one(world: RedisWorld) -> None:
    async with RedisWorld(world.address, "gate_2") as other:
        limits = bounds(acme=Limit(rpm=100))
        answers = await asyncio.gather(*(enter(one, limits) for one in (world, other) for _ in range(1_000)))
        assert sum(hasattr(answer, "leave") for answer in answers) == 100


async def test_a_redis_that_is_not_there_at_the_start_may_come_later(tmp_path: Path) -> None:
    server = RedisServer(tmp_path / "redis")
    async with RedisWorld(address_of(server.url)) as world:
        await lost(world)
        server.start()
        await back(world)
        await get_in(world, TWO)
    server.stop()


async def test_a_wrong_password_is_told_without_it(tmp_path: Path) -> None:
    server = RedisServer(tmp_path / "redis", {"requirepass": "right-one"})
    server.start()
    for url, good in (("redis://:wrong-one@", False), ("redis://:right-one@", True)):
        async with RedisWorld(address_of(f"{url}127.0.0.1:{server.port}")) as world:
            assert world.limiter.line.lost is not good
            assert "wrong-one" not in world.limiter.line.cause
            if good:
                await get_in(world, TWO)
    server.stop()
