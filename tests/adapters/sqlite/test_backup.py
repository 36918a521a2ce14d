"""A copy beside a running server, from which another starts with books that agree."""

import asyncio
from itertools import count
from pathlib import Path

import pytest

from tests.adapters.sqlite.world import SqliteWorld, started
from tests.contract.store import WALLET, call_record, hold_order, post_order
from waystation.adapters.sqlite.backup import backup
from waystation.wire.booking import Held
from waystation.wire.errors import Misconfigured


async def _load(world: SqliteWorld, stop: asyncio.Event) -> int:
    """Calls, one after the other, as the relay makes them."""
    for number in count(1):
        if stop.is_set():
            return number - 1
        held = await world.store.hold(hold_order(f"hold_{id(stop)}_{number}", 0, WALLET))
        assert isinstance(held, Held)
        await world.store.post(post_order(held.hold_id, 0))
        await world.store.record(call_record(f"call_of_{held.hold_id}"))
    raise AssertionError


async def test_under_load_the_copy_is_whole(tmp_path: Path) -> None:
    """R19: backup under load, restored, verified."""
    (tmp_path / "data").mkdir()
    world = await started(tmp_path / "data")
    (world.data_dir / "master.key").write_text("k")
    stop = asyncio.Event()
    callers = [asyncio.create_task(_load(world, stop)) for _ in range(8)]
    copies = []
    for number in range(3):
        await asyncio.sleep(0.3)
        copies.append(tmp_path / f"copy_{number}")
        files = await asyncio.to_thread(backup, world.data_dir, copies[-1])
        assert [path.name for path in files] == ["master.key", "responses.db", "calls.db", "ledger.db"]
    stop.set()
    assert sum(await asyncio.gather(*callers)) > 10
    await world.aclose()
    for folder in copies:
        assert {path.name for path in folder.iterdir()} == {"master.key", "responses.db", "calls.db", "ledger.db"}
        restored = SqliteWorld(folder)
        restored.now = world.now
        await restored.store.start()
        await restored.aclose()
        report = restored.verify()
        assert report.differences == []
        assert report.counts["open holds"] == 0


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "copy").mkdir()
    (tmp_path / "copy" / "old").touch()
    with pytest.raises(Misconfigured, match="is not empty"):
        backup(tmp_path, tmp_path / "copy")


def test_without_data_there_is_nothing_to_copy(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="there is no"):
        backup(tmp_path, tmp_path / "copy")
