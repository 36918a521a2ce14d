"""The call log's writer: records gather for some tenths of a second, and are written by one statement."""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from math import inf
from time import monotonic
from typing import Final, TypeVar

import asyncpg

from waystation.adapters.postgres import records
from waystation.adapters.postgres.address import Address
from waystation.adapters.postgres.link import LOST, Connection, Link
from waystation.adapters.postgres.rebuild import catch_up, safe_posting
from waystation.adapters.postgres.runs import others_live
from waystation.wire.errors import StoreUnavailable
from waystation.wire.record import CallRecord, Written, written

log = logging.getLogger(__name__)

T = TypeVar("T")

BATCH: Final = 500
FLUSH_S: Final = 0.2
QUEUE_MAX: Final = 20_000  # about 30 MB, and half a minute of a busy server
ROOM_S: Final = 5.0
RETRY_S: Final = 1.0
RETRIES_AT_END: Final = 5
COMMAND_S: Final = 10.0
CATCH_UP_S: Final = 30.0
SETTLED_S: Final = 60.0  # a posting this old has its record, unless it was lost


class CallLog:
    """Between `start` and `aclose`. What was accepted is written before `aclose` returns, if the database takes it."""

    def __init__(self, address: Address, *, run_id: str) -> None:
        self._link = Link(address, command_s=COMMAND_S)
        self._run_id = run_id
        self._queue: deque[Written] = deque()
        self._has_room = asyncio.Event()
        self._some = asyncio.Event()
        self._many = asyncio.Event()
        self._closing = False
        self._caught_up_at = -inf  # the first time it is soon: a crash may have taken some
        self._before_us: int | None = None  # the last posting that was there before this server's own
        self._safe: deque[tuple[float, int]] = deque()  # postings that were there, and when that was seen
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.get_running_loop().create_task(self._run(), name="waystation-calls")

    async def record(self, call: CallRecord, basis: bytes | None = None) -> None:
        """Append. Waits for room while the queue is full. Raises: StoreUnavailable if there is none for long."""
        if self._closing:
            raise StoreUnavailable("The call log is closed.")
        while len(self._queue) >= QUEUE_MAX:
            await self._room()
        self._queue.append(written(call) if basis is None else (call, basis))
        self._some.set()
        if len(self._queue) >= BATCH:
            self._many.set()

    async def aclose(self) -> None:
        self._closing = True
        self._some.set()
        self._many.set()
        if self._task is not None:
            await self._task
        await self._link.aclose()

    async def _room(self) -> None:
        self._has_room.clear()
        try:
            async with asyncio.timeout(ROOM_S):
                await self._has_room.wait()
        except TimeoutError:
            raise StoreUnavailable("The call log can't be written right now.") from None

    async def _run(self) -> None:
        while not self._closing:
            try:
                await self._round()
            except Exception:  # a background task: one surprise must not end the log
                log.exception("call log failed")
                await asyncio.sleep(RETRY_S)
        await self._flush()
        await self._catch_up()

    async def _round(self) -> None:
        if monotonic() - self._caught_up_at >= CATCH_UP_S:
            await self._catch_up()
        await _until(self._some, CATCH_UP_S)
        await _until(self._many, FLUSH_S)
        self._some.clear()
        self._many.clear()
        await self._flush()

    async def _flush(self) -> None:
        """Write all that is queued. A record leaves the queue when it is in the log."""
        tries = 0
        while self._queue:
            batch = [self._queue[number] for number in range(min(len(self._queue), BATCH))]
            if await self._write(batch):
                for _ in batch:
                    self._queue.popleft()
                self._has_room.set()
                continue
            tries += 1
            if self._closing and tries > RETRIES_AT_END:
                log.error("call records lost", extra={"count": len(self._queue)})
                return
            await asyncio.sleep(RETRY_S)

    async def _write(self, batch: list[Written]) -> bool:
        """Whether the batch is done with: written, but for records that no database would take."""
        try:
            await self._do(lambda connection: records.write(connection, batch))
        except LOST as error:
            log.error("call records not written", extra={"count": len(batch), "error": repr(error)})  # noqa: TRY400 - expected
            self._link.drop()
            return False
        except (asyncpg.PostgresError, ValueError, OverflowError):
            if len(batch) > 1:
                return all([await self._write([entry]) for entry in batch])
            log.exception("call record refused", extra={"call_id": batch[0][0].call_id})
        return True

    async def _catch_up(self) -> None:
        self._caught_up_at = monotonic()
        try:
            safe = await self._do(safe_posting)  # by itself: behind a pooler it holds posting up until its commit
            await self._do(lambda connection: self._compare(connection, safe))
        except (*LOST, asyncpg.PostgresError) as error:  # the next time, or the next start, does it
            log.error("call records not compared", extra={"error": repr(error)})  # noqa: TRY400 - expected
            self._link.drop()

    async def _compare(self, connection: Connection, safe: int) -> None:
        """What has settled: by numbers, since clocks jump. Where no other server lives, nobody else writes records."""
        if self._before_us is None:
            self._before_us = safe
        self._safe.append((monotonic(), safe))
        settled = 0
        while self._safe and self._safe[0][0] <= monotonic() - SETTLED_S:
            settled = self._safe.popleft()[1]
        if not await others_live(connection, self._run_id):
            settled = safe if self._closing else max(settled, self._before_us)
        if settled:
            await catch_up(connection, up_to=settled)

    async def _do(self, work: Callable[[Connection], Awaitable[T]]) -> T:
        async with self._link.speaking() as connection:
            return await work(connection)


async def _until(event: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return
