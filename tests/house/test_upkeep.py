import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

import pytest

from tests.adapters.sql.conftest import database, empty, template
from tests.adapters.sql.logged import a_call, log
from waystation.adapters.sql.engine import Database
from waystation.adapters.sql.partitions import ends_of_months
from waystation.adapters.sql.records import CallFilter, list_calls
from waystation.adapters.sql.retention import keep
from waystation.house.upkeep import DELETE_S, FOLD_S, Upkeep
from waystation.wire.errors import StoreUnavailable

__all__ = ["database", "empty", "template"]  # fixtures

NOW = datetime(2026, 12, 10, tzinfo=UTC).timestamp()


class Pauses:
    """Time that passes by itself, and ends the duty after so much."""

    def __init__(self, seconds: float) -> None:
        self.left = seconds

    async def __call__(self, seconds: float) -> None:
        self.left -= seconds
        if self.left <= 0:
            raise asyncio.CancelledError


async def run(opened: Callable[[], Database], seconds: float) -> None:
    with pytest.raises(asyncio.CancelledError):
        await Upkeep(opened, lambda: NOW, Pauses(seconds)).run()


async def test_old_records_go_and_months_are_made_ready(database: Database) -> None:
    await asyncio.to_thread(log, database, [a_call(1, at=NOW - 86_400 * 9), a_call(2, at=NOW)])
    with database.writing("calls") as connection:
        keep(connection, "ok", 5)
    await run(lambda: database, 30)
    assert [call.at for call in list_calls(database, CallFilter())] == [NOW]
    with database.writing("calls") as connection:
        if database.dialect == "postgresql":
            assert ends_of_months(connection) == [
                datetime(2027, month, 1, tzinfo=UTC).timestamp() for month in (1, 2, 3)
            ]
            assert connection.exec_driver_sql("SELECT count(*) FROM usage_pending").scalar_one() == 0


async def test_what_fails_is_told_and_tried_again(caplog: pytest.LogCaptureFixture) -> None:
    tries = 0

    def opened() -> Database:
        nonlocal tries
        tries += 1
        raise StoreUnavailable("gone")

    await run(opened, FOLD_S * 3 + 15)
    assert tries == 3 + 2
    assert [record.message for record in caplog.records] == ["upkeep of the call log failed"] * tries
    tries = 0
    await run(partial(opened), DELETE_S + FOLD_S * 1.5)
    assert tries > DELETE_S / FOLD_S + 3
