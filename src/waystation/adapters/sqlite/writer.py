"""The ledger's one writer books what concurrent calls ask for in shared transactions.

The event loop does so itself if a transaction goes to the kernel's memory and not to the disk: two hand-overs between
threads, and their fight for the interpreter, take longer. A thread has what takes its time.
"""

import asyncio
import logging
import sqlite3
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from time import monotonic, sleep
from typing import Any, Final

import msgspec

from waystation.adapters.sqlite.bookings import Books
from waystation.adapters.sqlite.connection import Synchronous, checkpoint, connect
from waystation.adapters.sqlite.durability import Durability, Syncer
from waystation.adapters.sqlite.overdue import Overdue
from waystation.wire.booking import Held, HoldOrder
from waystation.wire.errors import HouseError, Overloaded, StoreUnavailable

log = logging.getLogger(__name__)

PATIENCE_S: Final = 5.0  # with another process that holds the file's write lock: `apply` does for some milliseconds
BATCH_MAX: Final = 256  # keeps a transaction under about ten milliseconds
ON_LOOP_MAX: Final = 128  # and one that the loop makes under two
TURNS_MAX: Final = 2  # of the loop, for which jobs wait for more to share their transaction
WAITING_MAX: Final = 10_000  # at full speed that is a second of work
POLL_S: Final = 0.1  # how soon an idle server sees another process' change
SWEEP_S: Final = 1.0
LOG_PAGES: Final = 8_000  # about 32 MB; SQLite's own 1,000 pages would come twice a second, in the way of a commit
BUSY_S: Final = 0.002  # between two tries at a file that another process is writing

Action = Callable[[Books, Any], Any]


class Job(msgspec.Struct, frozen=True, eq=False):
    action: Action
    argument: Any
    future: "asyncio.Future[Any] | None"


Answers = list[tuple[Job, object]]


class Writer:
    """`submit` from the event loop. Whoever touches the database, loop or thread, holds `_lock`.

    `changed` is called on the loop when another process has changed the catalogue; `now` is Unix seconds. `timeout_s`:
    how long an answer may be waited for. What the loop does by itself is done at once, so only the thread's is timed.
    """

    def __init__(
        self,
        path: Path,
        *,
        run_id: str,
        durability: Durability,
        timeout_s: float,
        now: Callable[[], float],
        changed: Callable[[], None],
    ) -> None:
        self._path = path
        self._run_id = run_id
        self._durability = durability
        self._now = now
        self._changed = changed
        self._loop = asyncio.get_running_loop()
        self._overdue = Overdue(self._loop, timeout_s)
        self._syncer = Syncer(path) if durability == "process" else None
        self._jobs: SimpleQueue[list[Job] | None] = SimpleQueue()
        self._gathered: list[Job] = []  # in these turns of the loop
        self._waiting = 0  # jobs without an answer; the loop's
        self._closed = False
        self._lock = threading.Lock()
        self.healthy = True  # whether the last transaction was committed; this and all below: who holds the lock
        self._books: Books | None = None
        self._connection: sqlite3.Connection | None = None
        self._change_seen = False
        self._log_pages = 0
        self._swept_at = monotonic()
        self._thread = threading.Thread(target=self._run, name="waystation-ledger", daemon=True)

    def start(self) -> None:
        if self._syncer is not None:
            self._syncer.start()
        self._thread.start()

    def submit(self, action: Action, argument: object, *, bounded: bool = False) -> "asyncio.Future[Any]":
        """The action's result in time. The work is done even if nobody waits for it any more.

        Only what begins something is `bounded`: what ends it was let in with it.
        Raises: Overloaded, StoreUnavailable after `aclose`. So does the future, after `timeout_s`.
        """
        if self._closed:
            raise StoreUnavailable("The ledger is closed.")
        if bounded and self._waiting >= WAITING_MAX:
            raise Overloaded("Too many calls are waiting for the ledger.", retry_after_s=1.0)
        future = self._loop.create_future()
        self._gather(Job(action, argument, future))
        return future

    def void(self, hold_id: str) -> None:
        """Free a hold that nobody waits for any more."""
        if not self._closed:
            self._gather(Job(void, (hold_id, self._now()), None))

    async def aclose(self) -> None:
        """Finish what was submitted, and stop."""
        while self._waiting:  # an answer may bring new work: a hold that nobody waits for is voided
            with suppress(HouseError):
                await self.submit(_nothing, None)
        self._closed = True
        self._jobs.put(None)
        self._overdue.stop()
        await asyncio.to_thread(self._join)

    def _join(self) -> None:
        self._thread.join()
        if self._syncer is not None:
            self._syncer.stop()

    def _gather(self, job: Job) -> None:
        self._waiting += 1
        if not self._gathered:
            self._loop.call_soon(self._hand_over)
        self._gathered.append(job)

    def _hand_over(self, turn: int = 0, seen: int = 1) -> None:
        """Where two come in a turn, more come in the next. Who comes alone waits for nobody."""
        if seen < len(self._gathered) and turn < TURNS_MAX:
            self._loop.call_soon(self._hand_over, turn + 1, len(self._gathered))
            return
        jobs, self._gathered = self._gathered, []
        answers = self._book_now(jobs) if self._fit_for_the_loop(jobs) else None
        if answers is None:
            self._jobs.put(jobs)
            self._overdue.watch([job.future for job in jobs if job.future is not None])
        else:
            self._answer(answers)

    def _fit_for_the_loop(self, jobs: list[Job]) -> bool:
        is_first = len(jobs) == self._waiting  # nothing that the thread has may be overtaken
        return is_first and len(jobs) <= ON_LOOP_MAX and self._durability == "process"

    def _book_now(self, jobs: list[Job]) -> Answers | None:
        """None if somebody else is at the file, or anything went wrong: the thread may wait, and try one by one."""
        if not self._lock.acquire(blocking=False):
            return None
        try:
            return self._transact(jobs, patience_s=0)
        except Exception:  # noqa: BLE001 - nothing was written; the thread meets it again, and answers for it
            return None
        finally:
            self._lock.release()

    def _answer(self, answers: Answers) -> None:
        self._waiting -= len(answers)
        for job, outcome in answers:
            future = job.future
            if future is None or future.done():  # its waiter was cancelled, or told that there is no answer
                if isinstance(job.argument, HoldOrder) and isinstance(outcome, Held):
                    self.void(outcome.hold_id)
            elif isinstance(outcome, BaseException):
                future.set_exception(outcome)
            else:
                future.set_result(outcome)

    # The thread

    def _run(self) -> None:
        running = True
        while running:
            batch, running = self._take()
            with self._lock:
                if batch:
                    self._on_loop(self._answer, self._book(batch))
                self._look_around(idle=not batch)
        with self._lock:
            self._disconnect()

    def _take(self) -> tuple[list[Job], bool]:
        """The jobs that are waiting, and whether there is to be another round."""
        batch: list[Job] = []
        with suppress(Empty):
            jobs = self._jobs.get(timeout=POLL_S)
            while jobs is not None:
                batch += jobs
                if len(batch) >= BATCH_MAX:
                    return batch, True
                jobs = self._jobs.get_nowait()
            return batch, False
        return batch, True

    # Who holds the lock

    def _book(self, batch: list[Job]) -> Answers:
        """One transaction for all. If a job breaks it, each gets its own, and only the broken one fails."""
        try:
            return self._transact(batch, patience_s=PATIENCE_S)
        except (sqlite3.IntegrityError, sqlite3.DataError, sqlite3.ProgrammingError) as error:
            return self._one_by_one(batch, error)
        except sqlite3.Error as error:  # the disk is full, or another process keeps the file locked
            log.error("ledger not written", extra={"jobs": len(batch), "error": str(error)})  # noqa: TRY400 - expected
            self._disconnect()
            self.healthy = False
            return [(job, StoreUnavailable("The ledger can't be written right now.")) for job in batch]
        except Exception as error:  # noqa: BLE001 - a background task: a bug in one job must not end the thread
            return self._one_by_one(batch, error)

    def _one_by_one(self, batch: list[Job], error: Exception) -> Answers:
        if len(batch) > 1:
            return [answer for job in batch for answer in self._book([job])]
        log.error("ledger job failed", exc_info=error)
        failure = HouseError("The ledger refused a booking.")
        failure.__cause__ = error
        return [(batch[0], failure)]

    def _transact(self, batch: list[Job], *, patience_s: float) -> Answers:
        _, books = self._connect()
        try:
            self._change_seen |= _begin(books, shared=len(batch) > 1, patience_s=patience_s)
            answers: Answers = [(job, _outcome(books, job)) for job in batch]
            books.commit()
        except BaseException:
            with suppress(sqlite3.Error):  # nothing has begun, or SQLite has rolled back by itself
                books.rollback()
            raise
        self.healthy = True
        self._log_pages += len(batch) + 4  # what they dirtied alone, and together
        if self._syncer is not None:
            self._syncer.committed()
        return answers

    def _look_around(self, *, idle: bool) -> None:
        try:
            if idle:
                self._change_seen |= self._connect()[1].look()
            if self._log_pages >= LOG_PAGES:
                checkpoint(self._connect()[0])
                self._log_pages = 0
        except (sqlite3.Error, HouseError):  # the next booking will fail too, and be logged
            self._disconnect()
        if monotonic() - self._swept_at >= SWEEP_S:
            self._swept_at = monotonic()
            self._book([Job(sweep, self._now(), None)])
        if self._change_seen:
            self._change_seen = False
            self._on_loop(self._changed)

    def _connect(self) -> tuple[sqlite3.Connection, Books]:
        if self._connection is None or self._books is None:
            synchronous: Synchronous = "FULL" if self._durability == "power" else "NORMAL"
            self._connection = connect(self._path, synchronous=synchronous, busy_ms=0, one_thread=False)
            revision = None if self._books is None else self._books.revision
            self._books = Books(self._connection, self._run_id, revision)
        return self._connection, self._books

    def _disconnect(self) -> None:
        if self._connection is not None:
            with suppress(sqlite3.Error):
                self._connection.close()
            self._connection = None

    def _on_loop(self, callback: Callable[..., None], *arguments: object) -> None:
        with suppress(RuntimeError):  # the loop was closed without `aclose`
            self._loop.call_soon_threadsafe(callback, *arguments)


def _begin(books: Books, *, shared: bool, patience_s: float) -> bool:
    """`Books.begin`, again and again while another process is writing. Raises: sqlite3.Error."""
    until = monotonic() + patience_s
    while True:
        try:
            return books.begin(shared=shared)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or monotonic() >= until:
                raise
            sleep(BUSY_S)


def sweep(books: Books, at: float) -> int:
    """End the holds whose call never did. One is a leak, so it is told."""
    expired = books.expire(at)
    if expired:
        log.warning("holds expired", extra={"count": expired})
    return expired


def void(books: Books, argument: tuple[str, float]) -> None:
    books.void(*argument)


def free_key(books: Books, argument: tuple[bytes, str]) -> None:
    books.free_key(*argument)


def _outcome(books: Books, job: Job) -> object:
    """What the job gives, or how it was refused before it wrote anything."""
    try:
        return job.action(books, job.argument)
    except (HouseError, ValueError) as refusal:
        return refusal


def _nothing(_books: Books, _argument: None) -> None:
    return None
