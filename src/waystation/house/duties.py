"""What falls due by itself beside the calls: seals, gifts that expire, what upstreams cost, records to be mended.

It runs in a thread of its own, since it waits for the database. On SQLite the one server does it; on PostgreSQL the one
that leads, and it asks for a lock first: another may have led a moment ago. What fails is told, and tried again.
"""

import asyncio
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from waystation.adapters.sql import locks, seals
from waystation.adapters.sql.engine import Database
from waystation.adapters.sql.office import book_costs, expire_gifts, mend_records
from waystation.ports import Clock
from waystation.wire.errors import WaystationError

log = logging.getLogger(__name__)

TICK_S: Final = 1.0
# Each seal is another connection's commit, after which the writer of SQLite's ledger reads its accounts anew.
SEAL_S: Final = 5.0
BLOCKS_MAX: Final = 4  # of one turn: what a busy server books in some seconds, and the rest soon after

Work = Callable[[Database, float], int]


@dataclass(slots=True)
class Duty:
    """Work that is due every so many seconds. `due_at` is on the clock that never jumps."""

    name: str
    work: Work
    every_s: float
    due_at: float = field(default=0.0)


def all_duties() -> list[Duty]:
    return [
        Duty("seal", _seal, SEAL_S),
        Duty("gifts", expire_gifts, 60.0),
        Duty("records", mend_records, 60.0),
        Duty("costs", book_costs, 3600.0),
    ]


class Duties:
    """`run` until it is cancelled; then `finish` seals what is left. `leads`: whether they are this server's now."""

    def __init__(
        self, database: Database, clock: Clock, leads: Callable[[], bool], duties: list[Duty] | None = None
    ) -> None:
        self._database = database
        self._clock = clock
        self._leads = leads
        self._duties = all_duties() if duties is None else duties

    async def run(self) -> None:
        while True:
            await asyncio.to_thread(self.turn)
            await asyncio.sleep(TICK_S)

    async def finish(self) -> None:
        await asyncio.to_thread(self._do, Duty("seal", seals.seal, 0.0))

    def turn(self) -> None:
        """Do what is due, if this server leads."""
        for duty in self._duties:
            if duty.due_at <= self._clock.monotonic() and self._leads() and self._do(duty):
                duty.due_at = self._clock.monotonic() + duty.every_s

    def _do(self, duty: Duty) -> bool:
        """False if somebody else is at his: then this one stays due."""
        try:
            with _alone(self._database) as is_ours:
                done = duty.work(self._database, self._clock.now()) if is_ours else 0
        except (WaystationError, SQLAlchemyError) as error:  # the database is lost or busy: a later turn does it
            log.warning("duty not done", extra={"duty": duty.name, "error": str(error)})
            return True
        if done and duty.name != "seal":
            log.info("duty done", extra={"duty": duty.name, "count": done})
        return is_ours


@contextmanager
def _alone(database: Database) -> Iterator[bool]:
    """Whether no other server is at it. The lock is that of a connection: it goes with it, however it ends."""
    if database.dialect == "sqlite":
        yield True
        return
    with database.reading() as connection:
        yield bool(connection.exec_driver_sql(f"SELECT pg_try_advisory_xact_lock({locks.OFFICE})").scalar_one())


def _seal(database: Database, at: float) -> int:
    return seals.seal(database, at, blocks_max=BLOCKS_MAX)
