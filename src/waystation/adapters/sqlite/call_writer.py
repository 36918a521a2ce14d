"""The call log's writer: a thread that writes records in batches, some tenths of a second behind."""

import asyncio
import logging
import sqlite3
import threading
from collections import deque
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from time import monotonic, sleep
from typing import Final

from waystation.adapters.sql.rollup import fold
from waystation.adapters.sqlite import records
from waystation.adapters.sqlite.connection import checkpoint, connect, connect_reader, transaction
from waystation.adapters.sqlite.rebuild import catch_up
from waystation.adapters.sqlite.usage import UsageKeys
from waystation.wire.errors import HouseError, StoreUnavailable
from waystation.wire.record import CallRecord, Written, written

log = logging.getLogger(__name__)

BATCH: Final = 500
FLUSH_S: Final = 0.2
QUEUE_MAX: Final = 20_000  # about 30 MB, and half a minute of a busy server
ROOM_S: Final = 5.0
RETRY_S: Final = 1.0
RETRIES_AT_END: Final = 5
CHECKPOINT_ROWS: Final = 5_000
FOLD_ROWS: Final = 10_000  # some tens of milliseconds of work; who asks reads that many in one
CATCH_UP_S: Final = 600.0
SETTLED_S: Final = 600.0  # a posting this old has its record, unless it was lost


class CallWriter:
    """`record` from the event loop. What was accepted is written before `aclose` returns, if the disk takes it."""

    def __init__(self, path: Path, ledger_path: Path, *, now: Callable[[], float]) -> None:
        self._path = path
        self._ledger_path = ledger_path
        self._now = now
        self._loop = asyncio.get_running_loop()
        self._queue: deque[Written] = deque()
        self._has_room = asyncio.Event()
        self._some = threading.Event()
        self._many = threading.Event()
        self._stopping = False
        self._caught_up_at = monotonic()
        self._rows_since_checkpoint = 0
        self._appended = FOLD_ROWS  # an earlier run may have left some
        self._keys = UsageKeys()
        self._connection: sqlite3.Connection | None = None
        self._thread = threading.Thread(target=self._run, name="waystation-calls", daemon=True)

    def start(self) -> None:
        self._thread.start()

    async def record(self, call: CallRecord, basis: bytes | None = None) -> None:
        """Append. Waits for room while the queue is full. Raises: StoreUnavailable if there is none for long."""
        if self._stopping:
            raise StoreUnavailable("The call log is closed.")
        while len(self._queue) >= QUEUE_MAX:
            await self._room()
        self._queue.append(written(call) if basis is None else (call, basis))
        if not self._some.is_set():
            self._some.set()
        if len(self._queue) >= BATCH and not self._many.is_set():
            self._many.set()

    async def aclose(self) -> None:
        """Write what was accepted, and stop."""
        self._stopping = True
        self._some.set()
        self._many.set()
        await asyncio.to_thread(self._thread.join)

    async def _room(self) -> None:
        self._has_room.clear()
        try:
            async with asyncio.timeout(ROOM_S):
                await self._has_room.wait()
        except TimeoutError:
            raise StoreUnavailable("The call log can't be written right now.") from None

    # From here on: in the thread.

    def _run(self) -> None:
        while not self._stopping:
            self._some.wait(CATCH_UP_S)
            self._many.wait(FLUSH_S)
            self._some.clear()
            self._many.clear()
            self._flush()
            if monotonic() - self._caught_up_at >= CATCH_UP_S:
                self._catch_up(before=self._now() - SETTLED_S)
        self._flush()
        self._catch_up(before=self._now())
        self._disconnect()

    def _flush(self) -> None:
        """Write all that is queued. A record leaves the queue when it is on file."""
        tries = 0
        while self._queue:
            batch = [self._queue[number] for number in range(min(len(self._queue), BATCH))]
            if self._write(batch):
                for _ in batch:
                    self._queue.popleft()
                with suppress(RuntimeError):  # the loop was closed without `aclose`
                    self._loop.call_soon_threadsafe(self._has_room.set)
                continue
            tries += 1
            if self._stopping and tries > RETRIES_AT_END:
                log.error("call records lost", extra={"count": len(self._queue)})
                return
            sleep(RETRY_S)

    def _write(self, batch: list[Written]) -> bool:
        """Whether the batch is done with: on file, but for records that no file would take."""
        try:
            self._transact(batch)
        except (sqlite3.IntegrityError, sqlite3.DataError, OverflowError):
            if len(batch) > 1:
                return all(self._write([entry]) for entry in batch)
            log.exception("call record refused", extra={"call_id": batch[0][0].call_id})
        except sqlite3.Error as error:
            log.error("call records not written", extra={"count": len(batch), "error": str(error)})  # noqa: TRY400 - expected
            self._disconnect()
            return False
        return True

    def _transact(self, batch: list[Written]) -> None:
        connection = self._connect()
        sums = self._keys.count(connection, [record for record, _ in batch])
        try:
            with transaction(connection):
                records.add(connection, batch, sums)
                self._fold(connection, len(sums))
        except sqlite3.IntegrityError:
            with transaction(connection):
                records.write(connection, batch)
        self._rows_since_checkpoint += len(batch)
        if self._rows_since_checkpoint >= CHECKPOINT_ROWS:
            self._rows_since_checkpoint = 0
            checkpoint(connection)

    def _fold(self, connection: sqlite3.Connection, appended: int) -> None:
        self._appended += appended
        if self._appended >= FOLD_ROWS:
            self._appended = 0
            fold(connection)

    def _catch_up(self, *, before: float) -> None:
        self._caught_up_at = monotonic()
        try:
            with closing(connect_reader(self._ledger_path)) as ledger:
                catch_up(ledger, self._connect(), before=before)
        except (sqlite3.Error, HouseError) as error:  # the next time, or the next start, does it
            log.error("call records not compared", extra={"error": str(error)})  # noqa: TRY400 - expected
            self._disconnect()

    def _connect(self) -> sqlite3.Connection:
        if self._connection is None:
            self._connection = connect(self._path)
        return self._connection

    def _disconnect(self) -> None:
        if self._connection is not None:
            with suppress(sqlite3.Error):
                self._connection.close()
            self._connection = None
