import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.adapters.postgres.world import PostgresWorld, started
from tests.contract.store import NOW, WALLET, available, hold_order, token
from waystation.adapters.postgres import caretaker as caretaker_module


@pytest.fixture
async def world(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[PostgresWorld]:
    for name, value in {
        "ROUND_S": 0.05,
        "RECOVERY_S": 0.0,
        "ORPHANS_S": 0.05,
        "BEAT_S": 0.05,
        "RESPONSES_S": 0.05,
    }.items():
        monkeypatch.setattr(caretaker_module, name, value)
    world = await started()
    yield world
    await world.aclose()


async def until_available(world: PostgresWorld, nanos: int) -> None:
    async with asyncio.timeout(20):
        while available(world, WALLET) != nanos:  # noqa: ASYNC110 - the database tells nobody
            await asyncio.sleep(0.02)


async def test_the_leftovers_of_a_leak_are_swept_without_being_asked(world: PostgresWorld) -> None:
    await world.store.hold(hold_order("hold_1", 40, lasts_s=60))
    world.now = NOW + 61
    await until_available(world, 100)


async def test_holds_of_a_run_that_has_ended_expire(world: PostgresWorld) -> None:
    await world.store.hold(hold_order("hold_1", 40))
    second = world.another()
    await second.start()
    await world.store.aclose()
    await until_available(world, 100)
    await second.aclose()


@pytest.mark.parametrize("seen", ["run_dead", None])
async def test_holds_of_a_dead_run_expire_and_of_a_living_one_stay(world: PostgresWorld, seen: str | None) -> None:
    await world.store.hold(hold_order("hold_1", 40))
    await world.store.hold(hold_order("hold_2", 5))
    if seen is not None:
        world.sql("INSERT INTO runs (run_id, began_at, seen_at) VALUES (:run, 0, 0)", run=seen)
    world.sql("UPDATE holds SET run_id = 'run_dead' WHERE id = 'hold_1'")
    await until_available(world, 95)
    assert world.sql("SELECT id FROM holds") == [["hold_2"]]


async def test_a_run_shows_that_it_is_there_and_when_it_ended(world: PostgresWorld) -> None:
    assert world.sql("SELECT ended_at IS NULL, seen_at >= began_at FROM runs") == [[True, True]]
    await world.store.aclose()
    assert world.sql("SELECT ended_at >= seen_at FROM runs") == [[True]]


async def test_of_two_servers_one_sweeps_and_the_other_takes_over(world: PostgresWorld) -> None:
    second = world.another()
    await second.start()
    await world.store.aclose()
    await second.hold(hold_order("hold_1", 40, lasts_s=60))
    world.now = NOW + 61
    await until_available(world, 100)
    await second.aclose()


async def test_one_of_two_leads_and_when_it_ends_the_other_does(world: PostgresWorld) -> None:
    second = world.another()
    await second.start()
    assert (world.store.leads, second.leads) == (True, False)
    await world.store.aclose()
    assert not world.store.leads
    async with asyncio.timeout(20):
        while not second.leads:  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(0.02)
    await second.aclose()


async def test_a_leader_that_is_not_seen_any_more_leads_no_longer(world: PostgresWorld) -> None:
    second = world.another()
    await second.start()
    assert world.store._parts is not None
    await world.store._parts.caretaker.stop()
    world.sql("UPDATE runs SET seen_at = seen_at - 16 WHERE began_at = (SELECT min(began_at) FROM runs)")
    async with asyncio.timeout(20):
        while not second.leads:  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(0.02)
    await second.aclose()


async def test_the_database_lets_go_of_a_sweeper_whose_machine_is_gone(world: PostgresWorld) -> None:
    assert world.store._parts is not None
    connection = await world.store._parts.caretaker._link.connection()
    assert await connection.fetchval("SHOW tcp_keepalives_idle") == "10"


async def test_a_change_is_told_although_the_connection_broke(world: PostgresWorld) -> None:
    told = asyncio.Event()
    world.store.on_change(told.set)
    world.sql(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
        " AND pid <> pg_backend_pid()"
    )
    world.put_token(token("tok_2"))
    async with asyncio.timeout(20):
        await told.wait()


async def test_a_round_that_fails_is_told_and_the_next_one_comes(
    world: PostgresWorld, caplog: pytest.LogCaptureFixture
) -> None:
    world.sql("ALTER TABLE catalogue RENAME TO elsewhere")
    async with asyncio.timeout(20):
        while "caretaker failed" not in [record.message for record in caplog.records]:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    world.sql("ALTER TABLE elsewhere RENAME TO catalogue")
    told = asyncio.Event()
    world.store.on_change(told.set)
    world.put_token(token("tok_2"))
    async with asyncio.timeout(20):
        await told.wait()
