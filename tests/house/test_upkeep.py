import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.adapters.sql.conftest import database
from tests.adapters.sql.logged import a_call, log
from waystation.adapters.sql.engine import Database, of_files
from waystation.adapters.sql.partitions import ends_of_months
from waystation.adapters.sql.records import CallFilter, list_calls
from waystation.adapters.sql.retention import keep
from waystation.house.upkeep import DELETE_S, FOLD_S, Upkeep

__all__ = ["database"]  # a fixture

NOW = datetime(2026, 12, 10, tzinfo=UTC).timestamp()


class Pauses:
    """Time that passes by itself, and ends the duty after so much."""

    def __init__(self, seconds: float) -> None:
        self.left = seconds

    async def __call__(self, seconds: float) -> None:
        self.left -= seconds
        if self.left <= 0:
            raise asyncio.CancelledError


async def run(database: Database, seconds: float) -> None:
    with pytest.raises(asyncio.CancelledError):
        await Upkeep(database, lambda: NOW, pause=Pauses(seconds)).run()


async def test_old_records_go_and_months_are_made_ready(database: Database) -> None:
    await asyncio.to_thread(log, database, [a_call(1, at=NOW - 86_400 * 9), a_call(2, at=NOW)])
    with database.writing("calls") as connection:
        keep(connection, "ok", 5)
    await run(database, 30)
    assert [call.at for call in list_calls(database, CallFilter())] == [NOW]
    with database.writing("calls") as connection:
        if database.dialect == "postgresql":
            assert ends_of_months(connection) == [
                datetime(2027, month, 1, tzinfo=UTC).timestamp() for month in (1, 2, 3)
            ]
            assert connection.exec_driver_sql("SELECT count(*) FROM usage_pending").scalar_one() == 0


async def test_what_fails_is_told_and_tried_again(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    missing = of_files(tmp_path)
    await run(missing, FOLD_S * 3 + 15)
    assert [record.message for record in caplog.records] == ["upkeep of the call log failed"]
    caplog.clear()
    await run(missing, DELETE_S + FOLD_S * 1.5)
    assert len(caplog.records) == 2


async def test_who_does_not_lead_does_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(asyncio.CancelledError):
        await Upkeep(of_files(tmp_path), lambda: NOW, lambda: False, Pauses(FOLD_S * 3 + 15)).run()
    assert caplog.text == ""
