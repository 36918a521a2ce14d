"""The ledger's one writer: what concurrent calls ask for is sent as one batch, while the next one gathers."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from math import inf
from time import monotonic
from typing import Any, Final

import asyncpg

from waystation.adapters.postgres.address import Address
from waystation.adapters.postgres.batch import (
    AGAIN,
    BAR,
    CALL,
    Order,
    ReleaseOrder,
    answers,
    arguments,
)
from waystation.adapters.postgres.known import Known
from waystation.adapters.postgres.link import LOST, Link
from waystation.wire.booking import Held, HoldOrder, Refused
from waystation.wire.errors import HouseError, Overloaded, StoreUnavailable

log = logging.getLogger(__name__)

BATCH_MAX: Final = 256  # keeps a transaction under some ten milliseconds
WAITING_MAX: Final = 10_000  # at full speed that is a second of work
LOOK_S: Final = 0.1  # how often the waiting ones are looked through
RETRY_S: Final = 0.1  # between two tries at a database that is away
UNSURE_MAX: Final = 50_000  # holds whose outcome nobody knows

# A transaction that lost against another one, or waited too long for a lock: nothing of it was written.
_LOST_RACE: Final = (
    asyncpg.SerializationError,
    asyncpg.DeadlockDetectedError,
    asyncpg.LockNotAvailableError,
    asyncpg.UniqueViolationError,  # the same batch, sent before over a connection that broke, was just committed
)


class Job:
    """An order, and who waits for its answer. `sent`: the database may have decided it already."""

    __slots__ = ("future", "order", "sent", "since")

    def __init__(self, order: Order, future: "asyncio.Future[Any] | None", since: float) -> None:
        self.order = order
        self.future = future
        self.since = since
        self.sent = False


class Writer:
    """Between `start` and `aclose`, on the event loop. `now` is Unix seconds.

    `timeout_s`: how long an order may wait for the database; then its caller is told that there is none.
    """

    def __init__(self, address: Address, *, run_id: str, timeout_s: float, now: Callable[[], float]) -> None:
        self._timeout_s = timeout_s
        self._run_id = run_id
        self._now = now
        self._loop = asyncio.get_running_loop()
        self._link = Link(address)
        self._known = Known()
        self._jobs: deque[Job] = deque()
        self._flying: list[Job] = []
        self._unsure: dict[str, None] = {}  # ids of holds to bar
        self._some = asyncio.Event()
        self._closing = False
        self._failing_since: float | None = None
        self._task: asyncio.Task[None] | None = None
        self._watch: asyncio.TimerHandle | None = None

    def start(self) -> None:
        self._task = self._loop.create_task(self._run(), name="waystation-ledger")

    @property
    def healthy(self) -> bool:
        """Whether the database answered when it was asked last."""
        return self._failing_since is None and not self._closing

    @property
    def failing_s(self) -> float:
        """For how long it has not answered; 0 if it does."""
        return 0.0 if self._failing_since is None else monotonic() - self._failing_since

    def submit(self, order: Order, *, bounded: bool = False) -> "asyncio.Future[Any]":
        """Its answer in time. The work may be done even if nobody waits for it any more.

        Only what begins something is `bounded`: what ends it was let in with it.
        Raises: Overloaded, StoreUnavailable after `aclose` and while the database has been away for long. So does the
        future, after `timeout_s`.
        """
        if self._closing:
            raise StoreUnavailable("The ledger is closed.")
        if self.failing_s > self._timeout_s:
            raise _unavailable()
        if bounded and len(self._jobs) >= WAITING_MAX:
            raise Overloaded("Too many calls are waiting for the ledger.", retry_after_s=1.0)
        future = self._loop.create_future()
        self._put(Job(order, future, monotonic()))
        return future

    def release(self, hold_id: str) -> None:
        """Free a hold that nobody waits for any more, sooner or later."""
        if len(self._unsure) < UNSURE_MAX:  # else its time ends it
            self._unsure[hold_id] = None
            self._some.set()

    async def aclose(self) -> None:
        """Finish what was asked for, as far as the database answers, and stop."""
        self._closing = True
        self._some.set()
        if self._task is not None:
            with suppress(TimeoutError):
                async with asyncio.timeout(2 * self._timeout_s):
                    await self._task
        if self._watch is not None:
            self._watch.cancel()
        self._fail(self._jobs, inf)
        await self._link.aclose()

    def _put(self, job: Job) -> None:
        self._jobs.append(job)
        self._some.set()
        if self._watch is None:
            self._watch = self._loop.call_later(LOOK_S, self._look_through)

    def _look_through(self) -> None:
        """Tell those who have waited for too long. What was sent for them goes on: it may have been done."""
        before = monotonic() - self._timeout_s
        self._fail(self._flying, before)
        self._fail(self._jobs, before)
        waiting = self._jobs or self._flying
        self._watch = self._loop.call_later(LOOK_S, self._look_through) if waiting else None

    def _fail(self, jobs: "deque[Job] | list[Job]", before: float) -> None:
        for job in jobs:
            if job.since <= before and job.future is not None and not job.future.done():
                job.future.set_exception(_unavailable())

    async def _run(self) -> None:
        while not (self._closing and not (self._jobs or self._unsure)):
            if not (self._jobs or self._unsure) and self.healthy:
                self._some.clear()
                await self._some.wait()
                continue
            batch = self._flying = self._take()
            try:
                await self._book(batch)
            except Exception as error:  # noqa: BLE001 - a background task: it must never end
                self._refuse(batch, error)
            self._flying = []
            if self._closing and not self._ever_answers():
                return

    def _ever_answers(self) -> bool:
        return self.failing_s < self._timeout_s

    def _take(self) -> list[Job]:
        """The orders of the next batch. No hold is in it twice, since it is decided by one look at them all."""
        batch: list[Job] = []
        later: list[Job] = []
        seen: set[str] = set()
        while self._jobs and len(batch) < BATCH_MAX:
            job = self._jobs.popleft()
            if _is_given_up(job):
                continue
            if job.order.hold_id in seen:
                later.append(job)
                continue
            seen.add(job.order.hold_id)
            batch.append(job)
        self._jobs.extendleft(reversed(later))
        for hold_id in list(self._unsure)[: BATCH_MAX - len(batch)]:
            if hold_id not in seen:
                del self._unsure[hold_id]
                batch.append(Job(ReleaseOrder(BAR, hold_id, self._now()), None, monotonic()))
        return batch

    async def _book(self, batch: list[Job]) -> None:
        """Until the database has answered all of it, or nobody waits any more."""
        while True:
            try:
                batch = await self._send(batch)
            except _LOST_RACE as error:
                log.info("batch sent again", extra={"jobs": len(batch), "error": str(error)})
                await asyncio.sleep(RETRY_S / 10)
            except LOST as error:
                self._lose(batch, error)
                await asyncio.sleep(RETRY_S)
            except asyncpg.PostgresError as error:
                await self._one_by_one(batch, error)
                batch = []
            batch = [job for job in batch if not self._give_up(job)]
            if not batch:
                return

    async def _send(self, batch: list[Job]) -> list[Job]:
        """What of it has to be sent again. Raises: one of LOST, asyncpg.PostgresError."""
        async with self._link.speaking() as connection:
            await self._known.learn(
                connection,
                tokens=[job.order.token_id for job in batch if isinstance(job.order, HoldOrder)],
                chains=[job.order.ceilings for job in batch if isinstance(job.order, HoldOrder)],
                holds=[job.order.hold_id for job in batch if not isinstance(job.order, HoldOrder)],
            )
            batch = [job for job in batch if not self._refuse_hold(job)]
            orders = [job.order for job in batch]
            row = None
            if orders:
                for job in batch:
                    job.sent = True
                row = await connection.fetchrow(CALL, *arguments(orders, self._known, self._run_id))
        self._succeed()
        if row is None or row[0] is None:
            self._known.forget()
            return batch
        return [
            job
            for job, answer in zip(batch, answers(orders, row, self._known), strict=True)
            if self._answer(job, answer)
        ]

    def _refuse_hold(self, job: Job) -> bool:
        """Whether it was refused for what is not there: no live sub-token, no such account."""
        order = job.order
        if not isinstance(order, HoldOrder):
            return False
        if not self._known.is_live(order.token_id, order.at):
            refused = Refused("token_revoked")
        elif self._known.chain(order.ceilings) is None:
            missing = self._known.missing(order.ceilings)
            assert missing is not None
            refused = Refused("no_wallet" if missing.kind == "wallet" else "budget", missing)
        else:
            return False
        if job.sent:
            self.release(order.hold_id)
        _tell(job, refused)
        return True

    def _answer(self, job: Job, answer: object) -> bool:
        """Whether it must be asked again."""
        order = job.order
        if answer is AGAIN:
            self._known.ended(order.hold_id)
            return True
        if isinstance(answer, Held):
            if isinstance(order, HoldOrder):
                chain = self._known.chain(order.ceilings)
                assert chain is not None
                self._known.opened(order.hold_id, chain)
                if _is_given_up(job):  # its waiter was cancelled, or told that there is no answer
                    self.release(order.hold_id)
        elif not isinstance(answer, Refused):
            self._known.ended(order.hold_id)
        _tell(job, answer)
        return False

    def _give_up(self, job: Job) -> bool:
        """Whether nobody waits for it any more. A hold that may have been made is ended then."""
        given_up = _is_given_up(job)
        if given_up and job.sent and isinstance(job.order, HoldOrder):
            self.release(job.order.hold_id)
        return given_up

    async def _one_by_one(self, batch: list[Job], error: Exception) -> None:
        """One order that the database will not have must not take the others with it."""
        if len(batch) == 1:
            self._refuse(batch, error)
            return
        for job in batch:
            await self._book([job])

    def _refuse(self, batch: list[Job], error: Exception) -> None:
        log.error("ledger job failed", extra={"jobs": len(batch)}, exc_info=error)
        for job in batch:
            failure = HouseError("The ledger refused a booking.")
            failure.__cause__ = error
            _tell(job, failure)

    def _lose(self, batch: list[Job], error: BaseException) -> None:
        self._link.drop()
        if self._failing_since is None:
            self._failing_since = monotonic()
            log.error("database lost", extra={"jobs": len(batch), "error": repr(error)})

    def _succeed(self) -> None:
        if self._failing_since is not None:
            log.warning("database back", extra={"seconds": round(self.failing_s, 1)})
            self._failing_since = None


def _is_given_up(job: Job) -> bool:
    """What ends a hold is done, though its waiter was cancelled; not if it was told that it could not be."""
    future = job.future
    return future is not None and future.done() and (isinstance(job.order, HoldOrder) or not future.cancelled())


def _tell(job: Job, answer: object) -> None:
    future = job.future
    if future is None or future.done():
        return
    if isinstance(answer, BaseException):
        future.set_exception(answer)
    else:
        future.set_result(answer)


def _unavailable() -> StoreUnavailable:
    return StoreUnavailable("The ledger can't be reached right now.")
