import asyncio
import shutil
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.adapters.sqlite.made import make
from tests.adapters.sqlite.world import SqliteWorld
from tests.contract.beside import CIPHER
from tests.contract.store import DAY, NOW, stored_elsewhere, stored_response
from waystation.adapters.crypto import Cipher
from waystation.adapters.sqlite import connection as connection_module
from waystation.adapters.sqlite import stored as rows_module
from waystation.adapters.sqlite import stored_writer as module
from waystation.adapters.sqlite.connection import connect
from waystation.adapters.sqlite.stored_writer import StoredWriter
from waystation.wire.errors import HouseError, Misconfigured, Overloaded, StoreUnavailable


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[SqliteWorld]:
    world = SqliteWorld(tmp_path)
    world.prepare()
    with closing(connect(world.responses_path)) as connection:
        make(connection, "responses")
    yield world
    world.leave()


def writer_of(world: SqliteWorld, cipher: Cipher = CIPHER, *, running: bool = True) -> StoredWriter:
    writer = StoredWriter(
        world.responses_path, world.ledger_path, cipher=cipher, durability="power", now=lambda: world.now
    )
    if running:
        writer.start()
    return writer


async def settled_writer_of(world: SqliteWorld) -> StoredWriter:
    """The pass that it makes by itself at its start comes before whatever it is asked next."""
    writer = writer_of(world)
    await writer.sweep()
    return writer


def ids(world: SqliteWorld) -> list[str]:
    with closing(connect(world.responses_path)) as connection:
        return [id_ for (id_,) in connection.execute("SELECT id FROM responses ORDER BY id")]


def log_size(world: SqliteWorld) -> int:
    return world.responses_path.with_name("responses.db-wal").stat().st_size


async def test_what_was_asked_for_is_done_before_it_stops(world: SqliteWorld) -> None:
    writer = writer_of(world)
    waiters = [asyncio.ensure_future(writer.keep(stored_response(f"resp_{number:03}"))) for number in range(200)]
    await asyncio.sleep(0)
    await writer.aclose()
    await asyncio.gather(*waiters)
    assert len(ids(world)) == 200
    for late in (writer.keep(stored_response()), writer.find("org_1", "resp_1", NOW), writer.drop("org_1", "resp_1")):
        with pytest.raises(StoreUnavailable):
            await late


async def test_what_was_kept_is_there_after_a_restart(world: SqliteWorld) -> None:
    writer = writer_of(world)
    await writer.keep(stored_response())
    await writer.aclose()
    again = writer_of(world)
    assert await again.find("org_1", "resp_1", NOW) == stored_response()
    await again.aclose()


async def test_another_master_key_is_told_and_keeps_nobody_else_away(world: SqliteWorld) -> None:
    writer = writer_of(world)
    await writer.keep(stored_response())
    await writer.aclose()
    other = writer_of(world, Cipher("another master key, of 32 characters"))
    await other.keep(stored_elsewhere("resp_2"))
    failed, found = await asyncio.gather(
        other.find("org_1", "resp_1", NOW), other.find("org_1", "resp_2", NOW), return_exceptions=True
    )
    assert isinstance(failed, Misconfigured)
    assert found == stored_elsewhere("resp_2")
    await other.aclose()


async def test_who_does_not_wait_any_more_harms_nobody(world: SqliteWorld) -> None:
    writer = writer_of(world, running=False)
    waiters = [asyncio.ensure_future(writer.keep(stored_response(f"resp_{number}"))) for number in range(4)]
    await asyncio.sleep(0)
    for waiter in waiters[::2]:
        waiter.cancel()
    writer.start()
    answers = await asyncio.gather(*waiters, return_exceptions=True)
    assert [answer is None for answer in answers] == [False, True, False, True]
    await writer.aclose()
    assert ids(world) == ["resp_0", "resp_1", "resp_2", "resp_3"]


async def test_the_queue_is_bounded_by_what_it_holds(world: SqliteWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "WAITING_BYTES_MAX", 5 * module.JOB_BYTES)
    writer = writer_of(world, running=False)
    waiters = [asyncio.ensure_future(writer.keep(stored_response(f"resp_{number}"))) for number in range(4)]
    await asyncio.sleep(0)
    with pytest.raises(Overloaded):
        await writer.keep(stored_response("resp_9"))
    writer.start()
    await asyncio.gather(*waiters)
    await writer.keep(stored_response("resp_9"))
    await writer.aclose()


async def test_a_file_that_another_process_locks_is_told_and_tried_again(
    world: SqliteWorld, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(connection_module, "BUSY_MS", 10)
    writer = await settled_writer_of(world)
    await writer.keep(stored_response("resp_0"))
    with closing(connect(world.responses_path)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreUnavailable):
            await writer.keep(stored_response())
        other.execute("ROLLBACK")
    await writer.keep(stored_response())
    await writer.aclose()
    assert ids(world) == ["resp_0", "resp_1"]
    assert [record.message for record in caplog.records] == ["stored responses not written"]
    assert "你好" not in caplog.text


async def test_a_mistake_of_ours_in_one_job_keeps_no_other_away(
    world: SqliteWorld, caplog: pytest.LogCaptureFixture
) -> None:
    def stumble(_connection: sqlite3.Connection) -> Any:
        raise ZeroDivisionError

    writer = writer_of(world, running=False)
    kept = asyncio.ensure_future(writer.keep(stored_response()))
    await asyncio.sleep(0)
    broken = writer._submit(stumble)
    writer.start()
    await kept
    with pytest.raises(HouseError, match="refused a job"):
        await broken
    assert await writer.find("org_1", "resp_1", NOW) == stored_response()
    await writer.aclose()
    assert [record.message for record in caplog.records] == ["stored response failed"]


async def test_nothing_of_what_was_dropped_stays_in_the_log(world: SqliteWorld) -> None:
    writer = await settled_writer_of(world)
    await writer.keep(stored_response())
    await writer.drop("org_1", "resp_2")
    assert log_size(world) > 0
    await writer.drop("org_1", "resp_1")
    assert log_size(world) == 0
    await writer.aclose()


async def test_a_log_that_a_backup_reads_is_emptied_after_it(
    world: SqliteWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SWEEP_S", 0.05)
    writer = writer_of(world)
    await writer.keep(stored_response())
    with closing(sqlite3.connect(world.responses_path, isolation_level=None)) as backup:
        backup.execute("BEGIN")
        backup.execute("SELECT * FROM responses").fetchall()
        assert await writer.drop("org_1", "resp_1")
        assert log_size(world) > 0
        backup.execute("ROLLBACK")
        async with asyncio.timeout(30):
            while log_size(world):  # noqa: ASYNC110 - another thread does it, and tells nobody
                await asyncio.sleep(0.02)
    await writer.aclose()


async def test_the_log_does_not_grow_without_end(world: SqliteWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOG_BYTES", 1)
    writer = writer_of(world)
    for number in range(10):
        await writer.keep(stored_response(f"resp_{number}"))
        assert log_size(world) == 0
    await writer.aclose()


async def test_it_sweeps_by_itself(
    world: SqliteWorld, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(module, "SWEEP_S", 0.05)
    monkeypatch.setattr(rows_module, "SWEEP_ROWS", 1)
    caplog.set_level("INFO")
    writer = writer_of(world)
    for number in range(3):
        await writer.keep(stored_response(f"resp_{number}", lasts_s=60))
    await writer.keep(stored_elsewhere("resp_3"))
    world.now = NOW + DAY
    async with asyncio.timeout(30):
        while ids(world) != ["resp_3"]:  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.02)
    await writer.aclose()
    assert {record.message for record in caplog.records} == {"stored responses swept"}


async def test_without_a_ledger_it_does_not_sweep_and_says_so(
    world: SqliteWorld, caplog: pytest.LogCaptureFixture
) -> None:
    shutil.move(world.ledger_path, world.data_dir / "elsewhere.db")
    writer = writer_of(world)
    await writer.keep(stored_response(lasts_s=-1))
    with pytest.raises(Misconfigured):
        await writer.sweep()
    await writer.aclose()
    assert ids(world) == ["resp_1"]
    assert [record.message for record in caplog.records] == ["stored responses not swept"]


async def test_a_loop_that_is_closed_without_a_stop_harms_nothing(world: SqliteWorld) -> None:
    async def leave() -> StoredWriter:
        writer = writer_of(world, running=False)
        writer._submit(partial(rows_module.keep, cipher=CIPHER, stored=stored_response()))
        return writer

    def run() -> None:
        writer = asyncio.run(leave())
        writer.start()
        writer._jobs.put(None)
        writer._thread.join()

    await asyncio.to_thread(run)
    assert ids(world) == ["resp_1"]
