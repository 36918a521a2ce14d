"""Limits in Redis, from outside: several gateways count as one; Redis lost, paused and flushed, and money untouched."""

import asyncio
import logging
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from openai import AsyncOpenAI
from pydantic import SecretStr

from rigs.redis_server import RedisServer
from tests.cluster import cluster, fresh
from tests.e2e.raw import Answer, ask, calling, post, until
from tests.e2e.rig import Rig, doubles, manifest, running
from tests.e2e.test_outage_postgres import MASTER_KEY, serving

MINUTE = "{rpm: 100}"


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path / "redis")
    server.start()
    yield server
    server.stop()


async def call(rig: Rig) -> Answer:
    async with calling(rig) as caller:
        return await caller.ask(post(ask()))


async def metric(rig: Rig, name: str) -> float:
    async with calling(rig) as caller:
        page = (await caller.ask(b"GET /metrics HTTP/1.1\r\nhost: localhost\r\n\r\n")).body.decode()
    (line,) = [line for line in page.splitlines() if line.startswith(f"{name} ")]
    return float(line.split()[1])


async def completed(client: AsyncOpenAI) -> bool:
    raw = await client.with_options(max_retries=0, timeout=60).chat.completions.with_raw_response.create(
        model="m", messages=[{"role": "user", "content": "hi"}], max_tokens=5
    )
    return raw.status_code == 200


async def test_two_gateways_let_in_what_one_limit_allows(tmp_path: Path, redis: RedisServer) -> None:
    name = fresh()
    settings = {
        "database_url": SecretStr(cluster().url(name)),
        "master_key": MASTER_KEY,
        "redis_url": SecretStr(redis.url),
    }
    async with doubles(latency_s=0.01) as ups, AsyncExitStack() as stack:
        rigs = []
        for node in ("one", "two"):
            (tmp_path / node).mkdir()
            rig = Rig(tmp_path / node, manifest(*ups, organization_limit=MINUTE), **settings)
            rigs.append(await stack.enter_async_context(serving(rig)))
        clients = [await stack.enter_async_context(rig.client()) for rig in rigs]
        outcomes = await asyncio.gather(
            *(completed(client) for client in clients for _ in range(200)), return_exceptions=True
        )
        assert (outcomes.count(True), ups[0].total_calls) == (100, 100)
        (refused,) = {type(outcome).__name__ for outcome in outcomes if outcome is not True}
        assert refused == "RateLimitError"


@pytest.mark.parametrize("how", ["killed", "paused"])
async def test_while_redis_is_lost_calls_go_on_uncounted(
    tmp_path: Path, redis: RedisServer, how: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    async with doubles() as ups:
        rows = manifest(*ups, organization_limit="{rpm: 2}")
        async with running(Rig(tmp_path, rows, redis_url=SecretStr(redis.url))) as rig:
            assert [(await call(rig)).status for _ in range(3)] == [200, 200, 429]
            (redis.kill if how == "killed" else redis.pause)()
            assert [(await call(rig)).status for _ in range(5)] == [200] * 5
            assert await metric(rig, "waystation_redis_lost") == 1
            assert await metric(rig, "waystation_limiter_lost_total") == 5
            (redis.start if how == "killed" else redis.resume)()
            assert rig.house.sharing is not None
            await until(lambda: rig.house.sharing is not None and not rig.house.sharing.lost)
            found = [(await call(rig)).status for _ in range(3)]
            assert found == ([200, 200, 429] if how == "killed" else [429] * 3)  # a new one knows of nothing
            assert [record.message for record in caplog.records if "limiter" in record.message] == [
                "limiter lost",
                "limiter is back",
            ]


async def test_while_redis_is_lost_calls_are_refused_if_the_setting_says_so(tmp_path: Path, redis: RedisServer) -> None:
    async with doubles() as ups:
        rows = manifest(*ups, organization_limit="{rpm: 50}")
        rig = Rig(tmp_path, rows, redis_url=SecretStr(redis.url), limiter_lost="closed")
        async with running(rig):
            redis.kill()
            answers = [await call(rig) for _ in range(3)]
            assert {(answer.status, answer.error["code"]) for answer in answers} == {(503, "limiter_unavailable")}
            assert answers[0].headers["retry-after"] == "1"
            assert ups[0].total_calls == 0
            redis.start()
            await until(lambda: rig.house.sharing is not None and not rig.house.sharing.lost)
            assert (await call(rig)).status == 200


async def test_a_call_without_limits_does_not_ask_redis(tmp_path: Path, redis: RedisServer) -> None:
    redis.kill()
    closed = {"redis_url": SecretStr(redis.url), "limiter_lost": "closed"}
    async with doubles() as ups, running(Rig(tmp_path, manifest(*ups), **closed)) as rig:
        assert (await call(rig)).status == 200


async def test_after_a_flush_no_place_is_lost_and_none_is_given_twice(tmp_path: Path, redis: RedisServer) -> None:
    async with doubles(latency_s=0.3) as ups:
        rows = manifest(*ups, organization_limit="{concurrency: 2}")
        async with running(Rig(tmp_path, rows, redis_url=SecretStr(redis.url))) as rig:
            first = [asyncio.create_task(call(rig)) for _ in range(2)]
            await until(lambda: len(ups[0].calls) == 2)
            client = redis.client()
            client.flushall()
            assert (await call(rig)).status == 429
            assert [(await one).status for one in first] == [200, 200]
            assert (await call(rig)).status == 200
            assert client.hgetall("{waystation}:slots") == {}
            client.close()


async def test_a_key_that_one_gateway_finds_limited_rests_in_all_and_after_a_restart(
    tmp_path: Path, redis: RedisServer
) -> None:
    settings = {
        "database_url": SecretStr(cluster().url(fresh())),
        "master_key": MASTER_KEY,
        "redis_url": SecretStr(redis.url),
    }
    async with doubles() as ups, AsyncExitStack() as stack:
        rows = manifest(*ups, keys=("sk-key-a",))
        rigs = []
        for node in ("one", "two", "three"):
            (tmp_path / node).mkdir()
            rigs.append(Rig(tmp_path / node, rows, **settings))
        one, two, third = rigs
        for rig in (one, two):
            await stack.enter_async_context(serving(rig))
        ups[0].set_fault("401", times=1)
        assert (await call(one)).status >= 400
        await until(lambda: keys_of(two) == {"refused"})
        await stack.enter_async_context(serving(third))
        assert keys_of(third) == {"refused"}
        assert (await call(two)).status >= 400
        assert ups[0].total_calls == 1
        (health,) = two.house.keys.healths.values()
        now = two.house.clock.monotonic()
        two.house.keys.heal(health, "m-0", now, leased_at=now)
        await until(lambda: keys_of(one) == keys_of(third) == {"ready"})
        assert (await call(third)).status == 200


def keys_of(rig: Rig) -> set[str]:
    now = rig.house.clock.monotonic()
    return {health.worst(now) for health in rig.house.keys.healths.values()}
