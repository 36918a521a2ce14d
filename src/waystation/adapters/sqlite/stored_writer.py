"""The stored responses' writer: one thread that keeps, finds, drops and sweeps, in the order in which it is asked."""

import asyncio
import logging
import sqlite3
import threading
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from functools import partial
from pathlib import Path
from queue import Empty, SimpleQueue
from time import monotonic
from typing import Any, Final

import msgspec

from waystation.adapters.crypto import Cipher
from waystation.adapters.sqlite import stored as rows
from waystation.adapters.sqlite.connection import Synchronous, checkpoint, connect_reader, transaction
from waystation.adapters.sqlite.durability import Durability
from waystation.wire.errors import HouseError, Overloaded, RequestTooLarge, StoreUnavailable
from waystation.wire.stored import TEXT_BYTES_MAX, StoredResponse

log = logging.getLogger(__name__)

BATCH_MAX: Final = 64
WAITING_BYTES_MAX: Final = 512 * 1024 * 1024
JOB_BYTES: Final = 2048  # of a job without text
LOG_BYTES: Final = 32 * 1024 * 1024
SWEEP_S: Final = 60.0

Work = Callable[[sqlite3.Connection], Any]


class Job(msgspec.Struct, frozen=True, eq=False):
    """`erases`: when it has an effect, no copy of what it dropped may stay in the log."""

    work: Work
    future: "asyncio.Future[Any]"
    size: int = JOB_BYTES
    erases: bool = False


Answers = list[tuple[Job, object]]


class StoredWriter:
    """From the event loop, between `start` and `aclose`. Work is done even if nobody waits for it any more.

    `ledger_path` is where each organization's retention stands. `now` is Unix seconds.
    """

    def __init__(
        self, path: Path, ledger_path: Path, *, cipher: Cipher, durability: Durability, now: Callable[[], float]
    ) -> None:
        self._path = path
        self._ledger_path = ledger_path
        self._cipher = cipher
        self._synchronous: Synchronous = "FULL" if durability == "power" else "NORMAL"
        self._now = now
        self._loop = asyncio.get_running_loop()
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        self._waiting_bytes = 0  # the loop's
        self._closed = False
        self._connection: sqlite3.Connection | None = None  # this and all below: the thread's
        self._log_bytes = 0
        self._sweep_at = monotonic()
        self._thread = threading.Thread(target=self._run, name="waystation-responses", daemon=True)

    def start(self) -> None:
        self._thread.start()

    async def keep(self, stored: StoredResponse) -> None:
        """Raises: RequestTooLarge, Overloaded, StoreUnavailable."""
        if stored.text_bytes > TEXT_BYTES_MAX:
            raise RequestTooLarge(f"A response is stored up to {TEXT_BYTES_MAX} bytes, and this one is larger.")
        size = JOB_BYTES + stored.text_bytes
        await self._submit(partial(rows.keep, cipher=self._cipher, stored=stored), size=size)

    async def find(self, organization_id: str, response_id: str, at: float) -> StoredResponse | None:
        """Raises: Overloaded, StoreUnavailable, Misconfigured if its text does not open."""
        if not _is_storable(response_id):
            return None
        work = partial(rows.find, cipher=self._cipher, organization_id=organization_id, response_id=response_id, at=at)
        found: StoredResponse | None = await self._submit(work)
        return found

    async def drop(self, organization_id: str, response_id: str) -> bool:
        """Raises: Overloaded, StoreUnavailable."""
        if not _is_storable(response_id):
            return False
        work = partial(rows.drop, organization_id=organization_id, response_id=response_id)
        dropped: bool = await self._submit(work, erases=True)
        return dropped

    async def sweep(self) -> int:
        """One pass now. The writer makes them by itself every minute. Raises: Overloaded, StoreUnavailable."""
        swept: int = await self._submit(self._sweep, erases=True)
        return swept

    async def aclose(self) -> None:
        """Do what was asked for, and stop."""
        self._closed = True
        self._jobs.put(None)
        await asyncio.to_thread(self._thread.join)

    def _submit(self, work: Work, *, size: int = JOB_BYTES, erases: bool = False) -> "asyncio.Future[Any]":
        if self._closed:
            raise StoreUnavailable("The stored responses are closed.")
        if self._waiting_bytes + size > WAITING_BYTES_MAX:
            raise Overloaded("Too many responses are waiting to be stored.", retry_after_s=1.0)
        self._waiting_bytes += size
        future = self._loop.create_future()
        self._jobs.put(Job(work, future, size, erases))
        return future

    def _answer(self, answers: Answers) -> None:
        for job, outcome in answers:
            self._waiting_bytes -= job.size
            if job.future.done():  # its waiter was cancelled
                continue
            if isinstance(outcome, BaseException):
                job.future.set_exception(outcome)
            else:
                job.future.set_result(outcome)

    # From here on: in the thread.

    def _run(self) -> None:
        running = True
        while running:
            batch, running = self._take()
            if batch:
                answers = self._do(batch)
                with suppress(RuntimeError):  # the loop was closed without `aclose`
                    self._loop.call_soon_threadsafe(self._answer, answers)
            if monotonic() >= self._sweep_at:
                self._tidy()
        self._disconnect()

    def _take(self) -> tuple[list[Job], bool]:
        """The jobs that are waiting, and whether there is to be another round."""
        batch: list[Job] = []
        with suppress(Empty):
            job = self._jobs.get(timeout=max(0.0, self._sweep_at - monotonic()))
            while job is not None:
                batch.append(job)
                if len(batch) >= BATCH_MAX:
                    return batch, True
                job = self._jobs.get_nowait()
            return batch, False
        return batch, True

    def _do(self, batch: list[Job]) -> Answers:
        """One transaction for all."""
        try:
            return self._transact(batch)
        except (sqlite3.Error, HouseError) as error:  # the disk is full, say, or another process locks the file
            log.error("stored responses not written", extra={"jobs": len(batch), "error": str(error)})  # noqa: TRY400 - expected
            self._disconnect()
            return [(job, StoreUnavailable("The stored responses can't be reached right now.")) for job in batch]
        except Exception as error:  # noqa: BLE001 - a background task: a bug in one job must not end the thread
            return self._one_by_one(batch, error)

    def _one_by_one(self, batch: list[Job], error: Exception) -> Answers:
        if len(batch) > 1:
            return [answer for job in batch for answer in self._do([job])]
        log.error("stored response failed", exc_info=error)
        failure = HouseError("The stored responses refused a job.")
        failure.__cause__ = error
        return [(batch[0], failure)]

    def _transact(self, batch: list[Job]) -> Answers:
        connection = self._connect()
        with transaction(connection):
            answers = [(job, _outcome(connection, job)) for job in batch]
        self._log_bytes += sum(job.size for job in batch)
        if self._log_bytes >= LOG_BYTES or any(job.erases and outcome for job, outcome in answers):
            self._empty_log()
        return answers

    def _tidy(self) -> None:
        """Sweep one pass, and soon another if there may be more."""
        try:
            with transaction(self._connect()):
                swept = self._sweep(self._connect())
            self._log_bytes += swept * JOB_BYTES
            if self._log_bytes:
                self._empty_log()
        except (sqlite3.Error, HouseError) as error:  # the next pass tries again
            log.error("stored responses not swept", extra={"error": str(error)})  # noqa: TRY400 - expected
            self._disconnect()
            swept = 0
        self._sweep_at = monotonic() + (0.0 if swept else SWEEP_S)

    def _sweep(self, connection: sqlite3.Connection) -> int:
        swept = rows.sweep(connection, self._now(), self._retained())
        if swept:
            log.info("stored responses swept", extra={"count": swept})
        return swept

    def _retained(self) -> Mapping[str, int]:
        """For how many days each organization lets text be kept. Raises: sqlite3.Error, Misconfigured."""
        with closing(connect_reader(self._ledger_path)) as ledger:
            return dict(ledger.execute("SELECT id, retain_responses_days FROM organizations").fetchall())

    def _empty_log(self) -> None:
        """What was dropped stands in the log until then. If another process is reading, the next pass does it."""
        with suppress(sqlite3.Error):  # the disk is full: what was committed stays so
            if checkpoint(self._connect(), "TRUNCATE"):
                self._log_bytes = 0

    def _connect(self) -> sqlite3.Connection:
        if self._connection is None:
            self._connection = rows.connect_responses(self._path, synchronous=self._synchronous)
        return self._connection

    def _disconnect(self) -> None:
        if self._connection is not None:
            with suppress(sqlite3.Error):
                self._connection.close()
            self._connection = None


def _outcome(connection: sqlite3.Connection, job: Job) -> object:
    """What the job gives, or how it failed without having written anything."""
    try:
        return job.work(connection)
    except HouseError as failure:
        return failure


def _is_storable(response_id: str) -> bool:
    """Whether there can be such an id. All are ASCII, and SQLite takes no half of a surrogate pair."""
    return response_id.isascii()
