"""A store before another one: while that one is lost, nobody waits for it, and no bill is lost."""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, Protocol, TypeVar

import msgspec

from waystation.adapters.spool.frames import Booking, Post, Void
from waystation.adapters.spool.inheritance import Inheritance, own_folder
from waystation.adapters.spool.journal import JOURNAL_FILE, REFUSED_FILE, Journal
from waystation.ports import Store
from waystation.wire.booking import ClaimOrder, ExtendOrder, Held, HoldOrder, Posted, PostOrder, Refused, Taken
from waystation.wire.catalogue import Catalogue
from waystation.wire.errors import HoldEnded, Overloaded, StoreUnavailable
from waystation.wire.record import CallRecord
from waystation.wire.stored import StoredResponse

log = logging.getLogger(__name__)

T = TypeVar("T")

REFUSED_BYTES_MAX: Final = 64 * 1024 * 1024
AT_ONCE: Final = 256  # bookings of the journal that are on their way to the store
BOOK_S: Final = 10.0  # for those: the store may have much to do when it is back
PAUSE_S: Final = 0.25  # between two tries; doubled up to the next
PAUSE_MAX_S: Final = 2.0

_NOTHING: Final = Void("hold_none", 0.0)  # which changes nothing, and shows that the store can be written


class Started(Store, Protocol):
    """A store with a life: what is wrapped here."""

    @property
    def healthy(self) -> bool: ...

    @property
    def leads(self) -> bool: ...

    async def start(self) -> None: ...

    async def aclose(self) -> None: ...


class SpooledStore:
    """Between `start` and `aclose`. `lost`: the store did not take the last posting.

    Then new calls are refused at once, while the bills of running ones go to the journal until it is full.
    `timeout_s`: how long the store may be waited for, but for bookings: it bounds those itself. `shared`: other workers
    have the same data directory, and this one takes a folder of its own in it.
    """

    def __init__(
        self, store: Started, data_dir: Path, *, timeout_s: float, journal_bytes_max: int, shared: bool = False
    ) -> None:
        self._store = store
        self._data_dir = data_dir
        self._shared = shared
        self._journal_bytes_max = journal_bytes_max
        self._journal, self._refused = self._journals(data_dir)
        self._inheritance = Inheritance(data_dir, self._book_left)
        self._timeout_s = timeout_s
        self._gathered: list[tuple[Booking, asyncio.Future[None]]] = []  # to be written down
        self._waiting: deque[Booking] = deque()  # written down, to be booked
        self._to_write = asyncio.Event()
        self._to_book = asyncio.Event()
        self._unbooked: dict[str, CallRecord | None] = {}  # by call: a record does not come before its bill
        self._closing = False
        self._duties: list[asyncio.Task[None]] = []
        self.lost = False

    async def start(self) -> None:
        """Book what an earlier process left behind, before anybody is served.

        Raises: besides the store's own, Misconfigured if the journal is damaged or somebody else's.
        """
        await self._store.start()
        try:
            await asyncio.to_thread(self._open)
            if self._waiting:
                log.warning("bookings found in the journal", extra={"count": len(self._waiting)})
            while self._waiting:
                await self._book()
            self._journal.cut()
            await self._inheritance.take()
        except BaseException:
            self._close()
            await self._store.aclose()
            raise
        duties = (self._write_on(), self._book_on(), self._inheritance.run())
        self._duties += [asyncio.create_task(duty) for duty in duties]

    async def aclose(self) -> None:
        """What is in the journal by then stays for the next start."""
        self._closing = True
        self._to_write.set()
        for duty in self._duties[1:]:  # what is gathered is written
            duty.cancel()
        await asyncio.gather(*self._duties, return_exceptions=True)
        if self._waiting:
            log.warning("bookings are left in the journal", extra={"count": len(self._waiting)})
        self._close()
        await self._store.aclose()

    @property
    def healthy(self) -> bool:
        return self._store.healthy and not self.lost

    @property
    def leads(self) -> bool:
        """Whether this server does what one of all that share the store has to do."""
        return self._store.leads

    @property
    def journal_count(self) -> int:
        return self._journal.count

    @property
    def journal_bytes(self) -> int:
        return self._journal.size

    # What begins, or only asks

    def hold(self, order: HoldOrder) -> Coroutine[Any, Any, Held | Refused]:
        if self.lost:
            raise StoreUnavailable("The ledger can't be written right now.")
        return self._store.hold(order)

    def extend(self, order: ExtendOrder) -> Coroutine[Any, Any, Held | Refused]:
        if self.lost:
            raise StoreUnavailable("The ledger can't be written right now.")
        return self._store.extend(order)

    async def claim_key(self, order: ClaimOrder) -> Taken | None:
        return await self._bound(self._store.claim_key(order))

    async def free_key(self, digest: bytes, call_id: str) -> None:
        await self._bound(self._store.free_key(digest, call_id))

    def record(self, call: CallRecord, basis: bytes | None = None) -> Coroutine[Any, Any, None]:
        """The caller has its answer by now, so nobody waits. Of a bill that waits in the journal, it waits too."""
        return self._record_later(call) if call.call_id in self._unbooked else self._store.record(call, basis)

    async def keep_response(self, stored: StoredResponse) -> None:
        await self._bound(self._store.keep_response(stored))

    async def find_response(self, organization_id: str, response_id: str, *, at: float) -> StoredResponse | None:
        return await self._bound(self._store.find_response(organization_id, response_id, at=at))

    async def drop_response(self, organization_id: str, response_id: str) -> bool:
        return await self._bound(self._store.drop_response(organization_id, response_id))

    async def _bound(self, work: Awaitable[T]) -> T:
        try:
            async with asyncio.timeout(self._timeout_s):
                return await work
        except TimeoutError:
            raise StoreUnavailable(f"The store did not answer within {self._timeout_s:g} seconds.") from None

    async def catalogue(self) -> Catalogue:
        return await self._store.catalogue()

    def on_change(self, listener: Callable[[], None]) -> None:
        self._store.on_change(listener)

    # What ends a hold: written down, if need be

    async def post(self, order: PostOrder) -> Posted:
        """What is written down is answered as if all of it could be booked.

        Raises: StoreUnavailable if neither store nor journal can take it; HoldEnded.
        """
        if not self.lost:
            try:
                return await self._store.post(order)
            except StoreUnavailable as error:
                self._lose(error)
        self._unbooked[order.call_id] = None
        try:
            await self._write_down(Post(msgspec.structs.replace(order, late=True)))
        except BaseException:
            self._unbooked.pop(order.call_id, None)
            raise
        return Posted(order.hold_id, order.amount_nanos)

    async def void(self, hold_id: str, *, at: float) -> None:
        """Nothing is owed, so nobody has to wait: without a journal, the hold will expire."""
        if not self.lost:
            try:
                await self._store.void(hold_id, at=at)
            except StoreUnavailable as error:
                self._lose(error)
            else:
                return
        with suppress(StoreUnavailable):
            await self._write_down(Void(hold_id, at))

    def _lose(self, error: StoreUnavailable) -> None:
        if not self.lost:
            log.error("store lost: bookings go to the journal", extra={"error": str(error)})
        self.lost = True
        self._to_book.set()

    # The journal

    async def _write_down(self, booking: Booking) -> None:
        """Return when it is on the disk; what comes meanwhile shares the next write. Raises: StoreUnavailable."""
        if self._closing:
            raise StoreUnavailable("The journal is closed.")
        future = asyncio.get_running_loop().create_future()
        self._gathered.append((booking, future))
        self._to_write.set()
        await future

    async def _write_on(self) -> None:
        """The only one that touches the file, until nothing is to be written any more."""
        while self._gathered or not self._closing:
            await self._to_write.wait()
            self._to_write.clear()
            gathered, self._gathered = self._gathered, []
            if gathered:
                await self._write(gathered)
            elif self._journal.count and not self._waiting:
                await self._cut()

    async def _write(self, gathered: list[tuple[Booking, asyncio.Future[None]]]) -> None:
        bookings = [booking for booking, _ in gathered]
        failure: Exception | None = None
        try:
            await asyncio.to_thread(self._journal.append, bookings)
        except Exception as error:  # noqa: BLE001 - a background task: whoever waits is told
            log.error("journal not written", extra={"error": str(error)})  # noqa: TRY400 - expected
            failure = error
        else:
            self._waiting += bookings
            self._to_book.set()
        for _, future in gathered:
            if future.done():  # its waiter was cancelled
                continue
            if failure is None:
                future.set_result(None)
            else:
                future.set_exception(failure)

    async def _cut(self) -> None:
        try:
            await asyncio.to_thread(self._journal.cut)
        except (OSError, StoreUnavailable):  # then it is booked again, which changes nothing
            log.exception("journal not cut")
        else:
            log.warning("journal booked")

    async def _book_on(self) -> None:
        pause = PAUSE_S
        while True:
            await self._to_book.wait()
            try:
                await self._book()
                pause = PAUSE_S
            except (StoreUnavailable, Overloaded):
                await asyncio.sleep(pause)
                pause = min(pause * 2, PAUSE_MAX_S)
            except Exception:
                log.exception("journal not booked")
                await asyncio.sleep(PAUSE_MAX_S)

    async def _book(self) -> None:
        """The oldest of what is written down; if there is none, ask whether the store is back.

        Raises: StoreUnavailable, Overloaded.
        """
        batch = [
            self._waiting[at] for at in range(min(AT_ONCE, len(self._waiting)))
        ]  # what comes meanwhile is not in it
        await self._end_all(batch or [_NOTHING])
        self.lost = False
        for _ in batch:
            self._waiting.popleft()
        if not self._waiting:
            self._to_book.clear()
            self._to_write.set()  # to cut the file

    async def _book_left(self, bookings: list[Booking]) -> None:
        for at in range(0, len(bookings), AT_ONCE):
            await self._end_all(bookings[at : at + AT_ONCE])

    async def _end_all(self, batch: list[Booking]) -> None:
        try:
            async with asyncio.timeout(BOOK_S):
                answers = await asyncio.gather(*map(self._end, batch), return_exceptions=True)
        except TimeoutError:
            raise StoreUnavailable(f"The ledger did not book within {BOOK_S:g} seconds.") from None
        for answer in answers:
            if isinstance(answer, BaseException):
                raise answer

    async def _end(self, booking: Booking) -> None:
        """Once, however often it is tried: a hold ends once."""
        try:
            match booking:
                case Post(order):
                    await self._record_booked(order, await self._store.post(order))
                case Void(hold_id, at):
                    await self._store.void(hold_id, at=at)
        except (HoldEnded, ValueError) as error:
            log.exception("booking refused", extra={"hold_id": _hold_id(booking), "error": str(error)})
            if isinstance(booking, Post):
                self._unbooked.pop(booking.order.call_id, None)
            await asyncio.to_thread(self._refused.append, [booking])

    async def _record_later(self, call: CallRecord) -> None:
        if call.call_id in self._unbooked:
            self._unbooked[call.call_id] = call
        else:
            await self._store.record(call)

    async def _record_booked(self, order: PostOrder, posted: Posted) -> None:
        """What can't be recorded now is made from its posting later."""
        record = self._unbooked.pop(order.call_id, None)
        if record is not None:
            with suppress(StoreUnavailable):
                await self._store.record(msgspec.structs.replace(record, amount_nanos=posted.amount_nanos))

    def _open(self) -> None:
        if self._shared:
            own_folder(self._data_dir, self._take)
        else:
            self._take(self._data_dir)

    def _take(self, folder: Path) -> None:
        """In this order: who leaves a folder unlocks its journal first. Raises: InUse, Misconfigured, OSError."""
        self._journal, self._refused = self._journals(folder)
        try:
            self._refused.open()
            self._waiting += self._journal.open()
        except BaseException:
            self._close()
            raise

    def _journals(self, folder: Path) -> tuple[Journal, Journal]:
        journal = Journal(folder / JOURNAL_FILE, bytes_max=self._journal_bytes_max)
        return journal, Journal(folder / REFUSED_FILE, bytes_max=REFUSED_BYTES_MAX)

    def _close(self) -> None:
        self._journal.close()
        self._refused.close()


def _hold_id(booking: Booking) -> str:
    return booking.order.hold_id if isinstance(booking, Post) else booking.hold_id
