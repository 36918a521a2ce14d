import asyncio
import json
import sqlite3
from contextlib import closing
from pathlib import Path

from tests.cli.world import Run, applied
from waystation.house import House
from waystation.settings import Settings


def started_once(folder: Path) -> None:
    async def start() -> None:
        store = House(Settings(data_dir=folder / "data")).store
        await store.start()
        await store.aclose()

    asyncio.run(start())


def test_books_that_agree_exit_with_0(run: Run, tmp_path: Path) -> None:
    applied(run, tmp_path)
    started_once(tmp_path)
    result = run("ledger", "verify")
    assert result.exit_code == 0
    assert "The books agree." in result.output


def test_a_difference_is_told_and_exits_with_1(run: Run, tmp_path: Path) -> None:
    applied(run, tmp_path)
    started_once(tmp_path)
    with closing(sqlite3.connect(tmp_path / "data" / "ledger.db")) as connection:
        connection.execute("UPDATE accounts SET credits_posted = credits_posted + 1 WHERE kind = 'wallet'")
        connection.commit()
    result = run("ledger", "verify", "--json")
    assert result.exit_code == 1
    assert json.loads(result.output)["differences"]


def test_no_books_at_all_is_told(run: Run) -> None:
    result = run("ledger", "verify")
    assert result.exit_code == 1
    assert "error:" in result.output


def test_the_newest_seal_is_printed(run: Run, tmp_path: Path) -> None:
    applied(run, tmp_path)
    result = run("ledger", "seal")
    assert result.exit_code == 0
    assert "sealed 1 postings; seal 1 up to posting 1: " in result.output
    assert json.loads(run("ledger", "seal", "--json").output)["seal"] == 1


def test_a_month_is_closed_once(run: Run, tmp_path: Path) -> None:
    applied(run, tmp_path)
    assert "2020-01  closed" in run("ledger", "close", "2020-01", "--by", "ann").output
    assert "2020-01  was closed" in run("ledger", "close", "2020-01").output
    (closed,) = json.loads(run("ledger", "periods", "--json").output)
    assert (closed["month"], closed["closed_by"]) == ("2020-01", "ann")
    assert run("ledger", "close", "2999-01").exit_code == 1
