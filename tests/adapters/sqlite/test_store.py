import asyncio
import shutil
import tempfile
import threading
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.adapters.sqlite.listed import records_in
from tests.adapters.sqlite.world import SqliteWorld, started
from tests.contract.calls import CallContract
from tests.contract.machine import SETTINGS, StoreMachine
from tests.contract.store import (
    NOW,
    WALLET,
    StoreContract,
    available,
    call_record,
    hold_order,
    post_order,
    settled,
    token,
)
from waystation.adapters.sql.revisions import head
from waystation.adapters.sqlite import connection as connection_module
from waystation.adapters.sqlite import writer as writer_module
from waystation.adapters.sqlite.connection import connect
from waystation.wire.booking import Held, Posted, Refused
from waystation.wire.errors import Misconfigured, StoreUnavailable


class TestSqliteStore(StoreContract):
    @pytest.fixture
    async def world(self, tmp_path: Path) -> AsyncIterator[SqliteWorld]:
        world = await started(tmp_path)
        yield world
        await world.aclose()
        assert world.verify().differences == []


class TestCallsOfSqliteStore(CallContract):
    @pytest.fixture
    async def world(self, tmp_path: Path) -> AsyncIterator[SqliteWorld]:
        world = await started(tmp_path)
        yield world
        await world.aclose()
        assert world.verify().differences == []


class SqliteMachineWorld(SqliteWorld):
    async def aclose(self) -> None:
        await super().aclose()
        assert self.verify().differences == []
        shutil.rmtree(self.data_dir)


async def machine_world() -> SqliteMachineWorld:
    world = SqliteMachineWorld(Path(tempfile.mkdtemp(prefix="waystation-")))
    world.prepare()
    await world.store.start()
    return world


class SqliteMachine(StoreMachine):
    make_world = staticmethod(machine_world)


TestSqliteMachine = SqliteMachine.TestCase
TestSqliteMachine.settings = SETTINGS


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[SqliteWorld]:
    world = await started(tmp_path)
    yield world
    await world.aclose()


async def test_what_was_booked_is_there_after_a_restart(world: SqliteWorld) -> None:
    await world.store.hold(hold_order("hold_1", 40))
    await world.store.post(post_order("hold_1", 25))
    await world.aclose()
    again = SqliteWorld(world.data_dir)
    await again.store.start()
    assert available(again, WALLET) == 75
    assert await again.store.post(post_order("hold_1", 25)) == Posted("hold_1", 25)
    await again.aclose()


async def test_holds_of_a_dead_process_expire_at_the_next_start(
    world: SqliteWorld, caplog: pytest.LogCaptureFixture
) -> None:
    await world.store.hold(hold_order("hold_1", 40))
    await world.aclose()
    again = SqliteWorld(world.data_dir)
    await again.store.start()
    assert available(again, WALLET) == 100
    assert [record.message for record in caplog.records] == ["holds of a dead process expired"]
    await again.aclose()


async def test_a_record_that_a_crash_took_is_rebuilt_at_the_next_start(world: SqliteWorld) -> None:
    await world.store.hold(hold_order("hold_1", 40))
    await world.store.post(post_order("hold_1", 25, estimated=True, marks=("usage_unheard",)))
    await world.aclose()
    with closing(connect(world.calls_path)) as connection:
        connection.execute("DELETE FROM calls")
        connection.execute("UPDATE watermark SET posting_id = 0")
    again = SqliteWorld(world.data_dir)
    await again.store.start()
    (rebuilt,) = records_in(world.calls_path)
    await again.aclose()
    assert (rebuilt.call_id, rebuilt.amount_nanos, rebuilt.estimated, rebuilt.marks) == (
        "call_of_hold_1",
        25,
        True,
        ("usage_unheard",),
    )


async def test_two_servers_never_share_a_directory(world: SqliteWorld) -> None:
    with pytest.raises(Misconfigured, match="already serves"):
        await SqliteWorld(world.data_dir).store.start()
    assert await world.store.hold(hold_order("hold_1", 1)) == Held("hold_1", 1)


async def test_a_start_that_fails_leaves_the_directory_free(tmp_path: Path) -> None:
    world = SqliteWorld(tmp_path)
    world.prepare()
    world.beside.execute("UPDATE ledger_revision SET version_num = '9999'")
    with pytest.raises(Misconfigured, match="later version"):
        await world.store.start()
    world.beside.execute("UPDATE ledger_revision SET version_num = ?", (head("ledger"),))
    await world.store.start()
    await world.aclose()


async def test_a_file_that_is_no_database_is_told(world: SqliteWorld) -> None:
    await world.aclose()
    world.ledger_path.write_bytes(b"no database" * 1000)
    again = SqliteWorld(world.data_dir)
    with pytest.raises(StoreUnavailable, match="not a database"):
        await again.store.start()
    with pytest.raises(StoreUnavailable, match="not a database"):  # not that the directory is taken
        await again.store.start()


async def test_a_start_that_can_not_write_is_told(world: SqliteWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    await world.aclose()
    monkeypatch.setattr(connection_module, "BUSY_MS", 20)
    world.beside.execute("BEGIN IMMEDIATE")
    again = SqliteWorld(world.data_dir)
    with pytest.raises(StoreUnavailable):
        await again.store.start()
    world.beside.execute("ROLLBACK")
    await again.store.start()
    await again.aclose()


async def test_records_are_on_file_after_a_clean_stop(world: SqliteWorld) -> None:
    for number in range(700):
        await world.store.record(call_record(f"call_{number:04}"))
    await world.aclose()
    assert len(records_in(world.calls_path)) == 700


async def test_a_store_that_does_not_run_is_unavailable(tmp_path: Path) -> None:
    world = SqliteWorld(tmp_path)
    assert not world.store.healthy
    with pytest.raises(StoreUnavailable):
        await world.store.hold(hold_order("hold_1", 1))
    with pytest.raises(StoreUnavailable):
        await world.store.record(call_record())
    world.prepare()
    await world.store.start()
    assert world.store.healthy
    await world.aclose()
    with pytest.raises(StoreUnavailable):
        await world.store.post(post_order("hold_1", 1))
    with pytest.raises(StoreUnavailable):
        await world.store.record(call_record())


async def test_a_waiter_that_is_cancelled_after_its_answer_came_leaves_no_hold(
    world: SqliteWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer_module, "ON_LOOP_MAX", 0)  # so the thread books
    waiter = asyncio.ensure_future(world.store.hold(hold_order("hold_1", 40)))
    for _ in range(2):
        await asyncio.sleep(0)
    # The loop does not turn while the thread answers: then the answer comes first, the cancellation second, and only
    # then would the waiter have been told.
    while available(world, WALLET) == 100:
        pass
    threading.Event().wait(0.1)
    asyncio.get_running_loop().call_soon(lambda: waiter.cancel() and None)
    await asyncio.wait([waiter])
    assert waiter.cancelled()
    await settled(world)
    assert available(world, WALLET) == 100


async def test_a_posting_whose_waiter_is_cancelled_is_booked(world: SqliteWorld) -> None:
    await world.store.hold(hold_order("hold_1", 40))
    waiter = asyncio.ensure_future(world.store.post(post_order("hold_1", 25)))
    await asyncio.sleep(0)
    waiter.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiter
    await settled(world)
    assert available(world, WALLET) == 75


async def test_a_token_revoked_between_two_orders_of_one_turn_is_refused(world: SqliteWorld) -> None:
    world.put_token(token("tok_2"))
    world.revoke("tok_1")
    first, second = await asyncio.gather(
        world.store.hold(hold_order("hold_1", 1)), world.store.hold(hold_order("hold_2", 1, token_id="tok_2"))
    )
    assert first == Refused("token_revoked")
    assert second == Held("hold_2", 1)


async def test_the_leftovers_of_a_leak_are_swept_without_being_asked(world: SqliteWorld) -> None:
    await world.store.hold(hold_order("hold_1", 40, lasts_s=60))
    world.now = NOW + 61
    async with asyncio.timeout(30):
        while available(world, WALLET) != 100:  # noqa: ASYNC110 - another thread does it, and tells nobody
            await asyncio.sleep(0.05)
