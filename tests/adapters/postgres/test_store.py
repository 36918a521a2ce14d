import asyncio
from collections.abc import AsyncIterator

import pytest
from hypothesis import settings

from tests.adapters.postgres.world import PostgresWorld, prepared, started
from tests.contract.beside import CIPHER
from tests.contract.calls import CallContract
from tests.contract.machine import SETTINGS, ClosableWorld, StoreMachine
from tests.contract.store import (
    NOW,
    WALLET,
    StoreContract,
    available,
    call_record,
    hold_order,
    post_order,
    settled,
    stored_response,
    token,
)
from waystation.adapters.clock import SystemClock
from waystation.adapters.postgres import link
from waystation.adapters.postgres.store import PostgresStore
from waystation.wire.booking import Held, Posted
from waystation.wire.errors import Misconfigured, StoreUnavailable


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine makes a test slow, and not wrong."""
    monkeypatch.setattr(PostgresWorld, "timeout_s", 30.0)
    monkeypatch.setattr(link, "COMMAND_S", 30.0)


class TestPostgresStore(StoreContract, CallContract):
    @pytest.fixture
    async def world(self) -> AsyncIterator[PostgresWorld]:
        world = await started()
        yield world
        await world.aclose()
        assert world.verify().differences == []


class PostgresMachineWorld(PostgresWorld):
    async def aclose(self) -> None:
        await super().aclose()
        assert self.verify().differences == []


async def machine_world() -> ClosableWorld:
    world = PostgresMachineWorld(template=prepared())
    await world.store.start()
    return world


class PostgresMachine(StoreMachine):
    make_world = staticmethod(machine_world)


TestPostgresMachine = PostgresMachine.TestCase
TestPostgresMachine.settings = settings(  # slow: connections
    SETTINGS, max_examples=SETTINGS.max_examples // 4, stateful_step_count=25
)


@pytest.fixture
async def world() -> AsyncIterator[PostgresWorld]:
    world = await started()
    yield world
    await world.aclose()


async def test_what_was_booked_is_there_after_a_restart(world: PostgresWorld) -> None:
    await world.store.hold(hold_order("hold_1", 40))
    await world.store.post(post_order("hold_1", 25))
    await world.store.aclose()
    again = world.another()
    await again.start()
    assert available(world, WALLET) == 75
    assert await again.post(post_order("hold_1", 25)) == Posted("hold_1", 25)
    await again.aclose()


async def test_a_store_that_does_not_run_is_unavailable() -> None:
    world = PostgresWorld()
    world.prepare()
    assert not world.store.healthy
    with pytest.raises(StoreUnavailable):
        await world.store.hold(hold_order("hold_1", 1))
    await world.store.start()
    assert world.store.healthy
    await world.aclose()
    with pytest.raises(StoreUnavailable):
        await world.store.post(post_order("hold_1", 1))
    await world.aclose()


@pytest.mark.parametrize(
    "undo",
    ["DROP TABLE calls_revision", "UPDATE ledger_revision SET version_num = '0001'", "DELETE FROM ledger_revision"],
)
async def test_a_database_that_is_not_migrated_is_told(undo: str) -> None:
    world = PostgresWorld()
    world.sql(undo)
    with pytest.raises(Misconfigured, match="run `waystation migrate`"):
        await world.store.start()
    world.leave()


async def test_a_database_of_a_later_version_will_do() -> None:
    world = PostgresWorld()
    world.sql("UPDATE ledger_revision SET version_num = '9999'")
    await world.store.start()
    await world.aclose()


async def test_a_database_that_is_away_is_told() -> None:
    store = PostgresStore("postgresql://postgres@127.0.0.1:9/none", timeout_s=1, cipher=CIPHER, clock=SystemClock())
    with pytest.raises(StoreUnavailable, match="WAYSTATION_DATABASE_URL"):
        await store.start()


async def test_a_start_that_fails_leaves_nothing_behind(world: PostgresWorld) -> None:
    world.sql("ALTER TABLE runs RENAME TO elsewhere")
    second = world.another()
    with pytest.raises(StoreUnavailable):
        await second.start()
    world.sql("ALTER TABLE elsewhere RENAME TO runs")
    await second.start()
    await second.aclose()


async def test_behind_a_pooler_of_transactions_everything_works(world: PostgresWorld) -> None:
    store = PostgresStore(f"{world.url}?pooler=transaction", timeout_s=1, cipher=CIPHER, clock=SystemClock())
    await store.start()
    answers = await asyncio.gather(*(store.hold(hold_order(f"hold_{number}", 1)) for number in range(150)))
    assert [type(answer) for answer in answers].count(Held) == 100
    assert await store.post(post_order("hold_1", 1)) == Posted("hold_1", 1)
    await store.keep_response(stored_response())
    assert await store.find_response("org_1", "resp_1", at=NOW) == stored_response()
    await store.record(call_record())
    told = asyncio.Event()
    store.on_change(told.set)
    world.put_token(token("tok_2"))
    async with asyncio.timeout(20):
        await told.wait()
    await store.aclose()
    assert world.sql("SELECT count(*) FROM calls WHERE call_id = 'call_1'") == [[1]]


async def test_a_waiter_that_is_cancelled_after_its_answer_came_leaves_no_hold(world: PostgresWorld) -> None:
    waiter = asyncio.ensure_future(world.store.hold(hold_order("hold_1", 40)))
    while available(world, WALLET) == 100:  # noqa: ASYNC110 - the database tells nobody
        await asyncio.sleep(0)
    await asyncio.sleep(0)
    waiter.cancel()
    await asyncio.wait([waiter])
    await settled(world)
    await settled(world)
    assert available(world, WALLET) == (100 if waiter.cancelled() else 60)
