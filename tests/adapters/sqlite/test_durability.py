import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest

from tests.adapters.sqlite.world import SqliteWorld
from waystation.adapters.sqlite.connection import connect
from waystation.adapters.sqlite.durability import Syncer

ROOT = Path(__file__).parents[3]


def killed_after(data_dir: Path, durability: str, round_: int, after_s: float) -> set[str]:
    """Run the process, kill it so long after its first posting, and give the ids that it had answered."""
    command = [sys.executable, "-m", "tests.adapters.sqlite.killed", str(data_dir), durability, str(round_)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        threading.Event().wait(after_s)
        process.kill()
        rest = process.stdout.read()
    lines = (first + rest).split("\n")[:-1]  # what was cut off was not answered
    return {line.split(" ")[0] for line in lines}


@pytest.mark.parametrize(("durability", "rounds"), [("process", 4), ("power", 2)])
async def test_sigkill_loses_nothing_that_was_answered(tmp_path: Path, durability: str, rounds: int) -> None:
    world = SqliteWorld(tmp_path)
    world.prepare(10**9)
    answered: set[str] = set()
    for round_ in range(rounds):
        answered |= killed_after(tmp_path, durability, round_, 0.05 + 0.07 * round_)
        again = SqliteWorld(tmp_path)
        await again.store.start()
        assert again.verify().differences == []
        await again.aclose()
        assert again.verify().differences == []
    posted = {hold_id for (hold_id,) in world.beside.execute("SELECT hold_id FROM postings WHERE hold_id IS NOT NULL")}
    world.leave()
    assert len(answered) > rounds
    assert answered <= posted


def test_the_log_is_synced_soon_after_a_commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced = threading.Event()
    monkeypatch.setattr("waystation.adapters.sqlite.durability._sync", lambda _: synced.set())
    with closing(connect(tmp_path / "ledger.db")) as connection:
        connection.execute("CREATE TABLE some (one INTEGER)")
        syncer = Syncer(tmp_path / "ledger.db")
        syncer.start()
        syncer.committed()
        syncer.committed()
        assert synced.wait(30)
        syncer.stop()


def test_without_a_log_there_is_nothing_to_sync(tmp_path: Path) -> None:
    Syncer(tmp_path / "ledger.db").sync()


def test_a_disk_that_fails_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_: int) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("waystation.adapters.sqlite.durability._sync", fail)
    (tmp_path / "ledger.db-wal").touch()
    Syncer(tmp_path / "ledger.db").sync()
    assert [record.message for record in caplog.records] == ["write-ahead log not synced"]
