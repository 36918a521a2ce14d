"""The call log's upkeep beside the calls: old records go, sums are folded, PostgreSQL's next months are made ready."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime
from typing import Final

import sqlalchemy

from waystation.adapters.sql.engine import Database
from waystation.adapters.sql.partitions import make_partitions, next_month
from waystation.adapters.sql.retention import delete_some
from waystation.adapters.sql.rollup import fold
from waystation.wire.errors import WaystationError

log = logging.getLogger(__name__)

FIRST_S: Final = 15.0  # after the start, which has enough to do
FOLD_S: Final = 20.0
DELETE_S: Final = 1800.0
PAUSE_S: Final = 0.1  # between two steps, so that nobody waits for long


class Upkeep:
    """`run` until cancelled; it works while it `leads`.

    Several servers may do so at once: each step is one transaction, and can be done twice.
    """

    def __init__(
        self,
        database: Database,
        now: Callable[[], float],
        leads: Callable[[], bool] = lambda: True,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._database = database
        self._now = now
        self._leads = leads
        self._pause = pause

    async def run(self) -> None:
        await self._pause(FIRST_S)
        rounds = 0
        while True:
            await self._try(self._fold)
            if rounds % int(DELETE_S / FOLD_S) == 0:
                await self._try(self._make_ready)
                while await self._try(self._delete_some):
                    await self._pause(PAUSE_S)
            rounds += 1
            await self._pause(FOLD_S)

    async def _try(self, work: Callable[[Database], bool]) -> bool:
        """Whether there is more of it to do. What can't be done now is told, and tried the next time."""
        if not self._leads():
            return False
        try:
            return await asyncio.to_thread(work, self._database)
        except (WaystationError, sqlalchemy.exc.SQLAlchemyError) as error:
            log.warning("upkeep of the call log failed", extra={"error": str(error)})
            return False

    def _fold(self, database: Database) -> bool:
        """On SQLite the log's writer does it."""
        if database.dialect == "postgresql":
            with database.writing("calls") as connection:
                fold(connection)
        return False

    def _make_ready(self, database: Database) -> bool:
        """This month and the two after it."""
        if database.dialect == "postgresql":
            today = datetime.fromtimestamp(self._now(), UTC).date()
            with database.writing("calls") as connection:
                make_partitions(connection, _month(today), next_month(next_month(_month(today))))
        return False

    def _delete_some(self, database: Database) -> bool:
        return delete_some(database, self._now())


def _month(day: date) -> date:
    return day.replace(day=1)
