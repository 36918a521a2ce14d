"""`ports.Store` on three SQLite files: the ledger with its catalogue, the call log, and the stored responses."""

import asyncio
import logging
import sqlite3
from collections.abc import Callable, Coroutine
from contextlib import closing
from pathlib import Path
from typing import Any

from waystation.adapters.crypto import Cipher
from waystation.adapters.sqlite.bookings import Books
from waystation.adapters.sqlite.call_writer import CallWriter
from waystation.adapters.sqlite.connection import (
    CALLS_FILE,
    LEDGER_FILE,
    RESPONSES_FILE,
    connect,
)
from waystation.adapters.sqlite.durability import Durability
from waystation.adapters.sqlite.lock import DirectoryLock
from waystation.adapters.sqlite.rebuild import catch_up
from waystation.adapters.sqlite.schema import bring_up
from waystation.adapters.sqlite.stored_writer import StoredWriter
from waystation.adapters.sqlite.writer import Writer, free_key, sweep, void
from waystation.ports import Clock
from waystation.wire.booking import ClaimOrder, ExtendOrder, Held, HoldOrder, Posted, PostOrder, Refused, Taken
from waystation.wire.catalogue import Catalogue
from waystation.wire.errors import StoreUnavailable
from waystation.wire.record import CallRecord
from waystation.wire.stored import StoredResponse

log = logging.getLogger(__name__)


class SqliteStore:
    """Between `start` and `aclose`. The data directory is this store's alone; commands may read and apply beside it.

    `timeout_s`: how long a booking may wait for the disk.
    """

    def __init__(
        self, data_dir: Path, *, durability: Durability, timeout_s: float, cipher: Cipher, clock: Clock
    ) -> None:
        self._data_dir = data_dir
        self._durability: Durability = durability
        self._timeout_s = timeout_s
        self._cipher = cipher
        self._clock = clock
        self._lock = DirectoryLock(data_dir)
        self._listeners: list[Callable[[], None]] = []
        self._ledger: Writer | None = None
        self._calls: CallWriter | None = None
        self._responses: StoredWriter | None = None

    async def start(self) -> None:
        """Migrate, and put right what a dead process left behind.

        Raises: Misconfigured if another server runs here or a later version wrote the files, StoreUnavailable.
        """
        self._data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._lock.take()
        try:
            run_id = self._clock.new_id("run")
            await asyncio.to_thread(self._prepare, run_id)
            self._open(run_id)
        except BaseException as error:
            self._lock.release()
            if isinstance(error, sqlite3.Error):
                raise StoreUnavailable(f"The files in {str(self._data_dir)!r} can't be used: {error}.") from error
            raise

    async def aclose(self) -> None:
        """Finish what was asked for, write every record, and leave the directory."""
        for writer in (self._responses, self._ledger, self._calls):
            if writer is not None:
                await writer.aclose()
        self._lock.release()

    @property
    def healthy(self) -> bool:
        """Whether the ledger could be written when it was tried last: a second ago or less."""
        return self._ledger is not None and self._ledger.healthy

    @property
    def leads(self) -> bool:
        """Nobody else serves from these files."""
        return True

    async def hold(self, order: HoldOrder) -> Held | Refused:
        """Raises besides what the port says: Overloaded, ValueError for an order that makes no sense."""
        ledger = self._written()
        future: asyncio.Future[Held | Refused] = ledger.submit(Books.hold, order, bounded=True)
        try:
            return await future
        except asyncio.CancelledError:
            # If the answer is still to come, the writer finds the future cancelled and voids the hold by itself.
            if not future.cancelled() and future.done() and _is_held(future):
                ledger.void(order.hold_id)
            raise

    async def extend(self, order: ExtendOrder) -> Held | Refused:
        """Raises besides what the port says: ValueError for an order that makes no sense.

        Who stops waiting for it has a hold that may have grown, and ends it as any other.
        """
        extended: Held | Refused = await self._written().submit(Books.extend, order)
        return extended

    async def post(self, order: PostOrder) -> Posted:
        posted: Posted = await self._written().submit(Books.post, order)
        return posted

    async def void(self, hold_id: str, *, at: float) -> None:
        await self._written().submit(void, (hold_id, at))

    async def claim_key(self, order: ClaimOrder) -> Taken | None:
        """Raises besides what the port says: Overloaded."""
        found: Taken | None = await self._written().submit(Books.claim_key, order, bounded=True)
        return found

    async def free_key(self, digest: bytes, call_id: str) -> None:
        await self._written().submit(free_key, (digest, call_id))

    async def sweep(self) -> int:
        """End the holds that are past their time now; how many. Drop stored responses that are.

        The store does so by itself, every second and every minute.
        """
        expired: int = await self._written().submit(sweep, self._clock.now())
        while await self._stored().sweep():
            pass
        return expired

    def record(self, call: CallRecord, basis: bytes | None = None) -> Coroutine[Any, Any, None]:
        if self._calls is None:
            raise StoreUnavailable("The call log is closed.")
        return self._calls.record(call, basis)

    async def keep_response(self, stored: StoredResponse) -> None:
        await self._stored().keep(stored)

    async def find_response(self, organization_id: str, response_id: str, *, at: float) -> StoredResponse | None:
        """Raises besides what the port says: Misconfigured if its text does not open."""
        return await self._stored().find(organization_id, response_id, at)

    async def drop_response(self, organization_id: str, response_id: str) -> bool:
        return await self._stored().drop(organization_id, response_id)

    async def catalogue(self) -> Catalogue:
        """Raises besides what the port says: Misconfigured if a secret does not open."""
        return await asyncio.to_thread(self._load)

    def on_change(self, listener: Callable[[], None]) -> None:
        self._listeners.append(listener)

    def _changed(self) -> None:
        for listener in self._listeners:
            listener()

    def _written(self) -> Writer:
        if self._ledger is None:
            raise StoreUnavailable("The ledger is closed.")
        return self._ledger

    def _stored(self) -> StoredWriter:
        if self._responses is None:
            raise StoreUnavailable("The stored responses are closed.")
        return self._responses

    def _prepare(self, run_id: str) -> None:
        bring_up(self._data_dir)
        with (
            closing(connect(self._data_dir / LEDGER_FILE)) as ledger,
            closing(connect(self._data_dir / CALLS_FILE)) as calls,
        ):
            catch_up(ledger, calls)
            _expire_orphans(Books(ledger, run_id), self._clock.now())

    def _open(self, run_id: str) -> None:
        now = self._clock.now
        ledger_path = self._data_dir / LEDGER_FILE
        ledger = Writer(
            ledger_path,
            run_id=run_id,
            durability=self._durability,
            timeout_s=self._timeout_s,
            now=now,
            changed=self._changed,
        )
        ledger.start()
        self._calls = CallWriter(self._data_dir / CALLS_FILE, ledger_path, now=now)
        self._calls.start()
        self._responses = StoredWriter(
            self._data_dir / RESPONSES_FILE, ledger_path, cipher=self._cipher, durability=self._durability, now=now
        )
        self._responses.start()
        self._ledger = ledger

    def _load(self) -> Catalogue:
        from waystation.adapters.sql import catalogue, engine  # what calls wait for needs neither

        with closing(engine.of_files(self._data_dir)) as database, database.reading() as connection:
            return catalogue.load(connection, self._cipher)


def _expire_orphans(books: Books, at: float) -> None:
    books.begin()
    orphans = books.expire_orphans(at)
    books.commit()
    if orphans:
        log.warning("holds of a dead process expired", extra={"count": orphans})


def _is_held(future: "asyncio.Future[Held | Refused]") -> bool:
    return future.exception() is None and isinstance(future.result(), Held)
