import asyncio
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from tests.adapters.sqlite.listed import records_in
from tests.adapters.sqlite.made import make
from tests.adapters.sqlite.world import SqliteWorld, booking
from tests.contract.store import NOW, call_record, hold_order, post_order
from waystation.adapters.sqlite import call_writer as module
from waystation.adapters.sqlite import connection as connection_module
from waystation.adapters.sqlite.call_writer import CallWriter
from waystation.adapters.sqlite.connection import connect
from waystation.wire.errors import StoreUnavailable


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[SqliteWorld]:
    world = SqliteWorld(tmp_path)
    world.prepare()
    with closing(connect(world.calls_path)) as connection:
        make(connection, "calls")
    yield world
    world.leave()


def writer_of(world: SqliteWorld) -> CallWriter:
    writer = CallWriter(world.calls_path, world.ledger_path, now=lambda: world.now)
    writer.start()
    return writer


def listed(world: SqliteWorld) -> list[str]:
    return [record.call_id for record in records_in(world.calls_path)]


async def appears(world: SqliteWorld, call_id: str) -> None:
    async with asyncio.timeout(30):
        while call_id not in listed(world):  # noqa: ASYNC110 - another thread does it, and tells nobody
            await asyncio.sleep(0.02)


async def test_records_appear_without_being_asked_for(world: SqliteWorld) -> None:
    writer = writer_of(world)
    await writer.record(call_record("call_1"))
    await appears(world, "call_1")
    await writer.aclose()


async def test_a_clean_stop_loses_nothing(world: SqliteWorld) -> None:
    writer = writer_of(world)
    for number in range(1234):
        await writer.record(call_record(f"call_{number:04}"))
    await writer.aclose()
    assert len(listed(world)) == 1234
    with pytest.raises(StoreUnavailable):
        await writer.record(call_record("call_late"))


async def test_a_full_queue_is_waited_for(world: SqliteWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "QUEUE_MAX", 10)
    monkeypatch.setattr(module, "BATCH", 5)
    writer = writer_of(world)
    await asyncio.gather(*(writer.record(call_record(f"call_{number:04}")) for number in range(100)))
    await writer.aclose()
    assert len(listed(world)) == 100


async def test_a_queue_that_stays_full_is_unavailable(world: SqliteWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "QUEUE_MAX", 1)
    monkeypatch.setattr(module, "ROOM_S", 0.05)
    monkeypatch.setattr(module, "RETRY_S", 0.02)
    monkeypatch.setattr(connection_module, "BUSY_MS", 10)
    with closing(connect(world.calls_path)) as other:
        other.execute("BEGIN IMMEDIATE")
        writer = writer_of(world)
        await writer.record(call_record("call_1"))
        with pytest.raises(StoreUnavailable):
            await writer.record(call_record("call_2"))
        other.execute("ROLLBACK")
    await appears(world, "call_1")
    await writer.record(call_record("call_3"))
    await writer.aclose()
    assert listed(world) == ["call_3", "call_1"]


async def test_what_can_not_be_written_at_the_end_is_told(
    world: SqliteWorld, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(module, "RETRY_S", 0.01)
    monkeypatch.setattr(connection_module, "BUSY_MS", 10)
    with closing(connect(world.calls_path)) as other:
        other.execute("BEGIN IMMEDIATE")
        writer = writer_of(world)
        await writer.record(call_record("call_1"))
        await writer.aclose()
        other.execute("ROLLBACK")
    assert "call records lost" in [record.message for record in caplog.records]


async def test_a_record_that_no_file_takes_does_not_keep_others_away(
    world: SqliteWorld, caplog: pytest.LogCaptureFixture
) -> None:
    writer = writer_of(world)
    await writer.record(call_record("call_1"))
    await writer.record(msgspec.structs.replace(call_record("call_2"), amount_nanos=2**70))
    await writer.record(call_record("call_3"))
    await writer.aclose()
    assert listed(world) == ["call_3", "call_1"]
    assert [record.message for record in caplog.records] == ["call record refused"]


async def test_lost_records_of_settled_postings_are_rebuilt_meanwhile(
    world: SqliteWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CATCH_UP_S", 0.05)
    books = world.books()
    with booking(books):
        for hold_id in ("hold_1", "hold_2"):
            books.hold(hold_order(hold_id, 10))
        books.post(post_order("hold_1", 5))
        books.post(msgspec.structs.replace(post_order("hold_2", 5), at=NOW + 700))
    world.now = NOW + 800
    writer = writer_of(world)
    await appears(world, "call_of_hold_1")
    assert listed(world) == ["call_of_hold_1"]  # the other's own record may still come
    await writer.aclose()
    assert listed(world) == ["call_of_hold_2", "call_of_hold_1"]


async def test_the_log_does_not_grow_without_end(world: SqliteWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CHECKPOINT_ROWS", 1)
    monkeypatch.setattr(module, "BATCH", 1)
    with closing(connect(world.calls_path)):  # the file beside is not cleared away at the end
        writer = writer_of(world)
        for number in range(100):
            await writer.record(call_record(f"call_{number:04}"))
        await writer.aclose()
        assert world.calls_path.with_name("calls.db-wal").stat().st_size < 50 * 4096


async def test_without_a_ledger_records_are_written_all_the_same(
    world: SqliteWorld, caplog: pytest.LogCaptureFixture
) -> None:
    writer = writer_of(world)
    await writer.record(call_record("call_1"))
    world.leave()
    world.ledger_path.unlink()
    await writer.aclose()
    assert listed(world) == ["call_1"]
    assert [record.message for record in caplog.records] == ["call records not compared"]
