"""Conditions of keys over several gateways on a real Redis: told, heard, kept over a restart and over a loss."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from time import monotonic

import pytest

from rigs.redis_server import RedisServer
from tests.redis_place import fresh
from waystation.adapters.redis import key_states
from waystation.adapters.redis.address import RedisAddress, address_of
from waystation.adapters.redis.ear import Ear
from waystation.adapters.redis.key_states import KeyStates
from waystation.keys.book import Book, Outcome
from waystation.wire.catalogue import UpstreamKey
from waystation.wire.key_state import Verdict

KEY = UpstreamKey("key_0", "sk-0", "00000000")


class Gateway:
    def __init__(self, address: RedisAddress, name: str) -> None:
        self.book = Book(lambda: 0.0)
        self.health = self.book.health(KEY, "main")
        self.states = KeyStates(address, name, self.book)
        self.book.share = self.states.share
        self.ear = Ear(address, {"keys": self.states.hear}, self.states.catch_up)

    def fail(self, verdict: Verdict, model: str = "m", told_s: float | None = 60.0) -> None:
        now = monotonic()
        self.book.bench(self.health, Outcome(model, verdict, now, now, told_s, f"{verdict} 4xx"))

    def heal(self, model: str = "m") -> None:
        now = monotonic()
        self.book.heal(self.health, model, now, leased_at=now)

    def state(self, model: str = "m") -> str:
        return self.health.state(model, monotonic())


@asynccontextmanager
async def running(address: RedisAddress, name: str) -> AsyncIterator[Gateway]:
    gateway = Gateway(address, name)
    await gateway.states.start()
    await gateway.ear.start()
    try:
        yield gateway
    finally:
        await gateway.ear.aclose()
        await gateway.states.aclose()


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not true():  # noqa: ASYNC110 - it is told by nothing else
            await asyncio.sleep(0.01)


async def test_what_one_finds_all_know_a_moment_later_and_so_that_it_is_over() -> None:
    address = address_of(fresh())
    async with running(address, "one") as one, running(address, "two") as two, running(address, "three") as three:
        one.fail("limited")
        await until(lambda: two.state() == three.state() == "limited")
        assert two.state("another") == "ready"
        condition = two.health.account.by_model["m"]
        assert (condition.cause, condition.failures) == ("limited 4xx", 1)
        assert 55 < condition.until - monotonic() <= 60
        two.heal()
        await until(lambda: one.state() == three.state() == "ready")


async def test_of_changes_in_two_places_all_keep_the_last() -> None:
    address = address_of(fresh())
    async with running(address, "one") as one, running(address, "two") as two:
        for turn in range(50):
            first, second = (one, two) if turn % 2 else (two, one)
            first.fail("refused")
            if turn % 3 == 0:
                await asyncio.sleep(turn / 1000)
            second.fail("limited")
            second.heal()
            second.fail("refused", told_s=turn + 100.0)
        await asyncio.sleep(0.1)
        await until(lambda: not one.states._fresh and not two.states._fresh)
        await until(lambda: not one.states._untold and not two.states._untold)
        mine, theirs = (place.health.by_model.get(None) for place in (one, two))
        assert mine is not None
        assert theirs is not None
        assert (mine.state, mine.failures, mine.cause) == (theirs.state, theirs.failures, theirs.cause)
        assert abs(mine.until - theirs.until) < 1


async def test_a_gateway_that_is_started_anew_knows_what_was_known() -> None:
    address = address_of(fresh())
    async with running(address, "one") as one:
        one.fail("refused", told_s=None)
        one.fail("limited", model="模型")
        await until(lambda: not one.states._fresh)
    async with running(address, "two") as again:
        assert (again.state("m"), again.health.account.by_model["模型"].state) == ("refused", "limited")
        again.heal("模型")
        await until(lambda: not again.states._fresh)
    async with running(address, "three") as third:
        assert third.state("模型") == "ready"


async def test_what_is_known_of_a_key_that_comes_later_is_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_states, "EVERY_S", 0.05)
    monkeypatch.setattr(key_states, "TICK_S", 0.02)
    address = address_of(fresh())
    async with running(address, "one") as one, running(address, "two") as two:
        two.book.keep(())
        one.fail("refused")
        await until(lambda: not one.states._fresh and not one.states._untold)
        two.health = two.book.health(KEY, "main")
        await until(lambda: two.state() == "refused")


async def test_while_redis_is_away_keys_keep_their_states_and_then_all_is_told(tmp_path: Path) -> None:
    server = RedisServer(tmp_path / "redis")
    server.start()
    address = address_of(server.url)
    async with running(address, "one") as one, running(address, "two") as two:
        one.fail("limited")
        await until(lambda: two.state() == "limited")
        server.kill()
        two.fail("refused", told_s=600.0)
        await asyncio.sleep(0.2)
        assert (one.state(), two.state()) == ("limited", "refused")
        server.start()  # empty: what each knows is told anew
        await until(lambda: one.state() == "refused")
    async with running(address, "three") as third:
        assert {known.trouble for known in third.book.all_known(monotonic())} == {"limited", "refused"}
    server.stop()


async def test_of_two_who_wait_for_a_probe_one_makes_it() -> None:
    address = address_of(fresh())
    async with running(address, "one") as one, running(address, "two") as two:
        one.fail("limited", told_s=None)
        await until(lambda: two.state() == "limited")
        await until(lambda: one.state() == "probing")
        assert one.book.probe(one.health, "m", monotonic())
        condition = two.health.account.by_model["m"]
        await until(lambda: condition.elsewhere > monotonic())
        one.heal()
        await until(lambda: two.state() == "ready")


async def test_what_is_over_for_a_day_is_forgotten() -> None:
    address = address_of(fresh())
    async with running(address, "one") as one:
        one.fail("limited", told_s=-90_000.0)
        one.fail("limited", model="other")
        await until(lambda: not one.states._fresh and not one.states._untold)
        await one.states.catch_up()
    client = address.client()
    assert await client.hlen(f"{address.prefix}:keys") == 1
    await client.aclose()
