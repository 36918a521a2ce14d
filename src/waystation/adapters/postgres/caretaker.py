"""What a server does beside its calls: show that it runs, notice a changed catalogue, end holds that are overdue."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from math import inf
from time import monotonic
from typing import Final

import asyncpg

from waystation.adapters.postgres.address import Address
from waystation.adapters.postgres.batch import EXPIRE, ReleaseOrder
from waystation.adapters.postgres.call_keys import CallKeys
from waystation.adapters.postgres.link import LOST, Connection, Link
from waystation.adapters.postgres.links import Links
from waystation.adapters.postgres.runs import DEAD_S, NOW
from waystation.adapters.postgres.stored import Responses
from waystation.adapters.postgres.writer import Writer
from waystation.adapters.sql.locks import SWEEPING
from waystation.wire.errors import HouseError

log = logging.getLogger(__name__)

ROUND_S: Final = 1.0
BEAT_S: Final = 5.0
COMMAND_S: Final = 5.0
SILENT_S: Final = 3 * BEAT_S  # who leads and was not seen for so long does not lead any more
ORPHANS_S: Final = 10.0
RESPONSES_S: Final = 60.0
SWEEP_MAX: Final = 1000
CHANNEL: Final = "waystation_catalogue"

# After an outage, other servers first show that they run, and what ended meanwhile is booked late: from the journals.
RECOVERY_S: Final = 20.0

# The lock of a sweeper whose machine is gone goes with its connection, which the database must not keep for hours.
_FAIL_SOON: Final = (
    "SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 4;"
    " SET tcp_user_timeout = 30000"
)
_BEAT: Final = (
    f"INSERT INTO runs (run_id, began_at, seen_at) VALUES ($1, {NOW}, {NOW})"  # noqa: S608 - constants
    " ON CONFLICT (run_id) DO UPDATE SET seen_at = excluded.seen_at"
)
# Without a lock: behind a pooler nobody knows whose connection keeps one. For an instant two may lead, or none.
_LEADS: Final = (
    "SELECT $1 = (SELECT run_id FROM runs WHERE ended_at IS NULL"  # noqa: S608 - constants
    f" AND seen_at >= {NOW} - {SILENT_S} ORDER BY began_at, run_id LIMIT 1)"
)
_END: Final = f"UPDATE runs SET ended_at = {NOW} WHERE run_id = $1"  # noqa: S608 - constants
_TIDY: Final = f"DELETE FROM runs WHERE seen_at < {NOW} - 7 * 86400"  # noqa: S608 - constants
_OVERDUE: Final = f"SELECT id FROM holds WHERE expires_at <= $1 ORDER BY expires_at LIMIT {SWEEP_MAX}"  # noqa: S608 - constants
_ORPHANS: Final = (
    "SELECT h.id FROM holds AS h LEFT JOIN runs AS r USING (run_id)"  # noqa: S608 - constants
    f" WHERE r.run_id IS NULL OR r.ended_at IS NOT NULL OR r.seen_at < {NOW} - {DEAD_S} LIMIT {SWEEP_MAX}"
)


class Caretaker:
    """Between `start` and `aclose`. `changed` is called after another process has changed the catalogue.

    One server of all sweeps: who has the lock. Behind a pooler every server does, which is only more work.
    """

    def __init__(
        self,
        address: Address,
        *,
        run_id: str,
        links: Links,
        writer: Writer,
        responses: Responses,
        keys: CallKeys,
        now: Callable[[], float],
        changed: Callable[[], None],
    ) -> None:
        self._pooled = address.pooled
        self._run_id = run_id
        self._links = links
        self._writer = writer
        self._responses = responses
        self._keys = keys
        self._now = now
        self._changed = changed
        self._link = Link(address, command_s=COMMAND_S)
        self._told = asyncio.Event()
        self._heard: Connection | None = None  # the connection that listens
        self._leads = self._sweeps = False
        self._revision: int | None = None
        self._failed_at = -inf
        self._due: dict[str, float] = {}
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Raises: one of LOST, asyncpg.PostgresError."""
        await self._round()
        self._due["orphans"] = monotonic() + RECOVERY_S
        self._task = asyncio.get_running_loop().create_task(self._run(), name="waystation-caretaker")

    async def stop(self) -> None:
        """Let everything be; this run goes on."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def aclose(self) -> None:
        """Say that this run has ended, if the database answers. Its holds are free then."""
        with suppress(*LOST, asyncpg.PostgresError):
            async with self._link.speaking() as connection:
                await connection.execute(_END, self._run_id)
        await self._link.aclose()

    @property
    def leads(self) -> bool:
        """Whether this server is the one of all that does what has to be done once: the oldest that shows itself."""
        return self._leads

    async def sweep(self) -> int:
        """End the holds that are past their time now; how many. Drop stored responses that are. Raises: HouseError."""
        count = await self._expire(_OVERDUE, self._now())
        while await self._responses.sweep(self._now()):
            pass
        return count

    async def _run(self) -> None:
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(ROUND_S):
                    await self._told.wait()
            self._told.clear()
            try:
                await self._round()
            except LOST as error:
                self._lose(error)
            except (asyncpg.PostgresError, HouseError) as error:  # the next round tries again
                log.error("caretaker failed", extra={"error": repr(error)})  # noqa: TRY400 - expected

    def _lose(self, error: BaseException) -> None:
        """The writer tells that the database is away."""
        log.debug("caretaker lost the database", extra={"error": repr(error)})
        self._link.drop()
        self._leads = False
        self._failed_at = monotonic()

    async def _round(self) -> None:
        connection = await self._link.connection()
        if connection is not self._heard:
            await self._settle_in(connection)
        async with self._link.speaking() as speaking:
            if self._is_due("beat", BEAT_S):
                await speaking.execute(_BEAT, self._run_id)
                self._leads = bool(await speaking.fetchval(_LEADS, self._run_id))
            ((revision,),) = await speaking.fetch("SELECT revision FROM catalogue")
            self._look(revision)
        await self._try_to_sweep(connection)
        if self._sweeps and monotonic() - self._failed_at > RECOVERY_S:
            await self._sweep()

    async def _settle_in(self, connection: Connection) -> None:
        """On a new connection: listen, and sweep if nobody does. At once: other servers wait for our beat."""
        self._sweeps = self._pooled
        self._due.pop("beat", None)
        self._due.pop("sweeping", None)
        if not self._pooled:
            await connection.execute(_FAIL_SOON)
            await connection.add_listener(CHANNEL, lambda *_: self._told.set())
        self._heard = connection

    async def _try_to_sweep(self, connection: Connection) -> None:
        """The lock is this connection's, and ends with it."""
        if not self._sweeps and self._is_due("sweeping", BEAT_S):
            self._sweeps = bool(await connection.fetchval(f"SELECT pg_try_advisory_lock({SWEEPING})"))

    def _look(self, revision: int) -> None:
        known, self._revision = self._revision, revision
        if known != revision:  # the first look too: there may have been a change since the catalogue was read
            self._changed()

    async def _sweep(self) -> None:
        if self._is_due("overdue", ROUND_S) and (count := await self._expire(_OVERDUE, self._now())):
            log.warning("holds expired", extra={"count": count})
        if self._is_due("orphans", ORPHANS_S):
            await self._links.do(lambda connection: connection.execute(_TIDY))
            if count := await self._expire(_ORPHANS):
                log.warning("holds of dead servers expired", extra={"count": count})
        if self._is_due("responses", RESPONSES_S):
            await self._keys.sweep(self._now())
            while await self._responses.sweep(self._now()):
                pass

    async def _expire(self, found_by: str, *arguments: float) -> int:
        rows = await self._links.do(lambda connection: connection.fetch(found_by, *arguments))
        at = self._now()
        waiting = [self._writer.submit(ReleaseOrder(EXPIRE, hold_id, at)) for (hold_id,) in rows]
        await asyncio.gather(*waiting)
        return len(waiting)

    def _is_due(self, what: str, every_s: float) -> bool:
        """A hair's breadth early counts, so that what is due each round is not due each second one."""
        now = monotonic()
        if now < self._due.get(what, -inf) - ROUND_S / 10:
            return False
        self._due[what] = now + every_s
        return True
