import asyncio
from collections.abc import AsyncIterator

import msgspec
import pytest

from tests.adapters.postgres.world import PostgresWorld, started
from tests.contract.store import call_record, hold_order, post_order
from waystation.adapters.postgres import call_log as log_module
from waystation.adapters.postgres.address import address_of
from waystation.adapters.postgres.call_log import CallLog
from waystation.adapters.sql.locks import POSTING
from waystation.wire.errors import StoreUnavailable

NOWHERE = address_of("postgresql://postgres@127.0.0.1:9/none")


@pytest.fixture
async def world() -> AsyncIterator[PostgresWorld]:
    world = await started()
    yield world
    await world.aclose()


def count(world: PostgresWorld) -> int:
    ((number,),) = world.sql("SELECT count(*) FROM calls")
    return int(number)


async def test_records_are_in_the_log_after_a_clean_stop(world: PostgresWorld) -> None:
    for number in range(1200):
        await world.store.record(call_record(f"call_{number:04}"))
    await world.store.aclose()
    assert count(world) == 1200


async def test_records_are_there_soon(world: PostgresWorld) -> None:
    await world.store.record(call_record())
    async with asyncio.timeout(20):
        while not count(world):  # noqa: ASYNC110 - the database tells nobody
            await asyncio.sleep(0.05)


async def test_what_a_dead_server_left_is_rebuilt_by_the_next_start(world: PostgresWorld) -> None:
    await world.store.hold(hold_order("hold_1", 40))
    await world.store.post(post_order("hold_1", 25))
    await world.store.aclose()
    world.sql("DELETE FROM calls")
    world.sql("UPDATE watermark SET posting_id = 0")
    log = CallLog(address_of(world.url), run_id="run_2")
    log.start()
    async with asyncio.timeout(20):
        while not count(world):  # noqa: ASYNC110 - the database tells nobody
            await asyncio.sleep(0.05)
    await log.aclose()


async def test_posting_is_not_held_up_while_records_are_compared(world: PostgresWorld) -> None:
    """Nor behind a pooler, where what is asked of it is a transaction."""
    await world.store.hold(hold_order("hold_1", 40))
    await world.store.post(post_order("hold_1", 25))
    await world.store.aclose()
    world.sql("UPDATE watermark SET posting_id = 0")
    world.sql("BEGIN")
    world.sql("LOCK TABLE watermark IN EXCLUSIVE MODE")
    log = CallLog(address_of(f"{world.url}?pooler=transaction"), run_id="run_2")
    log.start()
    async with asyncio.timeout(20):
        while not world.sql("SELECT 1 FROM pg_locks WHERE relation = 'watermark'::regclass AND NOT granted"):  # noqa: ASYNC110 - the database tells nobody
            await asyncio.sleep(0.05)
    ((free,),) = world.sql(f"SELECT pg_try_advisory_xact_lock_shared({POSTING})")
    assert free
    world.sql("COMMIT")
    await log.aclose()


async def test_beside_a_living_server_what_has_settled_is_rebuilt(
    world: PostgresWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.store.hold(hold_order("hold_1", 40))
    await world.store.post(post_order("hold_1", 25))
    log = CallLog(address_of(world.url), run_id="run_2")
    log.start()
    await log.record(call_record("call_1"))
    await log.aclose()
    assert count(world) == 1  # the other one may be about to write what is not there
    monkeypatch.setattr(log_module, "SETTLED_S", -1.0)
    log = CallLog(address_of(world.url), run_id="run_3")
    log.start()
    await log.aclose()
    assert count(world) == 2


async def test_a_record_that_no_database_takes_does_not_take_others_with_it(
    world: PostgresWorld, caplog: pytest.LogCaptureFixture
) -> None:
    await world.store.record(call_record("call_1"))
    await world.store.record(msgspec.structs.replace(call_record("call_2"), request_model="\x00"))
    await world.store.record(msgspec.structs.replace(call_record("call_3"), amount_nanos=2**70))
    await world.store.record(call_record("call_4"))
    await world.store.aclose()
    assert count(world) == 2
    assert [record.message for record in caplog.records] == ["call record refused"] * 2


async def test_records_of_an_outage_wait_and_a_full_queue_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"QUEUE_MAX": 2, "ROOM_S": 0.05, "RETRY_S": 0.01, "RETRIES_AT_END": 1}.items():
        monkeypatch.setattr(log_module, name, value)
    log = CallLog(NOWHERE, run_id="run_2")
    log.start()
    await log.record(call_record("call_1"))
    await log.record(call_record("call_2"))
    with pytest.raises(StoreUnavailable):
        await log.record(call_record("call_3"))
    await log.aclose()
    with pytest.raises(StoreUnavailable):
        await log.record(call_record("call_4"))


async def test_a_log_that_never_began_is_closed_too() -> None:
    await CallLog(NOWHERE, run_id="run_2").aclose()
