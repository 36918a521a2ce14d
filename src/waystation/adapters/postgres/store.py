"""`ports.Store` on one PostgreSQL, which other servers may share."""

import asyncio
from collections.abc import Callable

import asyncpg

from waystation.adapters.crypto import Cipher
from waystation.adapters.postgres.address import Address, address_of
from waystation.adapters.postgres.batch import VOID, ReleaseOrder
from waystation.adapters.postgres.call_keys import CallKeys
from waystation.adapters.postgres.call_log import CallLog
from waystation.adapters.postgres.caretaker import Caretaker
from waystation.adapters.postgres.link import LOST, Connection, Link
from waystation.adapters.postgres.links import PATIENCE_S, Links
from waystation.adapters.postgres.stored import Responses
from waystation.adapters.postgres.writer import Writer
from waystation.adapters.sql import catalogue
from waystation.adapters.sql.engine import of_url
from waystation.adapters.sql.revisions import SCHEMAS, Schema, check, version_table
from waystation.ports import Clock
from waystation.wire.booking import ClaimOrder, ExtendOrder, Held, HoldOrder, Posted, PostOrder, Refused, Taken
from waystation.wire.catalogue import Catalogue
from waystation.wire.errors import StoreUnavailable
from waystation.wire.record import CallRecord
from waystation.wire.stored import StoredResponse


class PostgresStore:
    """Between `start` and `aclose`. What it answers is on the database's disk, if that is set up to be.

    `timeout_s`: how long a booking may wait for the database.
    """

    def __init__(self, url: str, *, timeout_s: float, cipher: Cipher, clock: Clock) -> None:
        self._timeout_s = timeout_s
        self._address = address_of(url)
        self._database = of_url(url)
        self._cipher = cipher
        self._clock = clock
        self._listeners: list[Callable[[], None]] = []
        self._parts: _Parts | None = None

    async def start(self) -> None:
        """Raises: Misconfigured if the database is not of this version's schema, StoreUnavailable."""
        await self._examine()
        parts = _Parts(self._address, self._timeout_s, self._cipher, self._clock, self._changed)
        try:
            await parts.start()
        except (*LOST, asyncpg.PostgresError) as error:
            await parts.aclose()
            raise _unreachable(error) from error
        self._parts = parts

    async def aclose(self) -> None:
        """Finish what was asked for, write every record, and say that this run has ended."""
        parts, self._parts = self._parts, None
        if parts is not None:
            await parts.aclose()

    @property
    def healthy(self) -> bool:
        """Whether the database answered when it was asked last."""
        return self._parts is not None and self._parts.writer.healthy

    @property
    def leads(self) -> bool:
        """Whether this server does what one of all that share the database has to do."""
        return self._parts is not None and self._parts.caretaker.leads

    async def hold(self, order: HoldOrder) -> Held | Refused:
        """Raises besides what the port says: Overloaded, ValueError for an order that makes no sense."""
        _check_hold(order)
        writer = self._running.writer
        future = writer.submit(order, bounded=True)
        try:
            answer: Held | Refused = await future
        except asyncio.CancelledError:
            # If the answer is still to come, the writer finds the future cancelled and frees the hold by itself.
            if not future.cancelled() and future.done() and future.exception() is None:
                writer.release(order.hold_id)
            raise
        return answer

    async def extend(self, order: ExtendOrder) -> Held | Refused:
        """Raises besides what the port says: ValueError for a negative amount."""
        _check_amount(order.hold_id, order.amount_nanos)
        answer: Held | Refused = await self._running.writer.submit(order)
        return answer

    async def post(self, order: PostOrder) -> Posted:
        """Raises besides what the port says: ValueError for a negative amount."""
        _check_amount(order.hold_id, order.amount_nanos)
        posted: Posted = await self._running.writer.submit(order)
        return posted

    async def void(self, hold_id: str, *, at: float) -> None:
        await self._running.writer.submit(ReleaseOrder(VOID, hold_id, at))

    async def sweep(self) -> int:
        """End the holds that are past their time now; how many. Drop stored responses that are.

        One server of all does so by itself, every second and every minute.
        """
        return await self._running.caretaker.sweep()

    async def claim_key(self, order: ClaimOrder) -> Taken | None:
        return await self._running.keys.claim(order)

    async def free_key(self, digest: bytes, call_id: str) -> None:
        await self._running.keys.free(digest, call_id)

    async def record(self, call: CallRecord, basis: bytes | None = None) -> None:
        await self._running.calls.record(call, basis)

    async def keep_response(self, stored: StoredResponse) -> None:
        await self._running.responses.keep(stored)

    async def find_response(self, organization_id: str, response_id: str, *, at: float) -> StoredResponse | None:
        """Raises besides what the port says: Misconfigured if its text does not open."""
        return await self._running.responses.find(organization_id, response_id, at)

    async def drop_response(self, organization_id: str, response_id: str) -> bool:
        return await self._running.responses.drop(organization_id, response_id)

    async def catalogue(self) -> Catalogue:
        """Raises besides what the port says: Misconfigured if a secret does not open."""
        return await asyncio.to_thread(self._load)

    def on_change(self, listener: Callable[[], None]) -> None:
        self._listeners.append(listener)

    def _load(self) -> Catalogue:
        with self._database.reading() as connection:
            return catalogue.load(connection, self._cipher)

    @property
    def _running(self) -> "_Parts":
        if self._parts is None:
            raise StoreUnavailable("The store is closed.")
        return self._parts

    async def _examine(self) -> None:
        link = Link(self._address, command_s=PATIENCE_S)
        try:
            async with link.speaking() as connection:
                for schema in SCHEMAS:
                    check(schema, await _revision(connection, schema))
        except (*LOST, asyncpg.PostgresError) as error:
            raise _unreachable(error) from error
        finally:
            await link.aclose()

    def _changed(self) -> None:
        for listener in self._listeners:
            listener()


class _Parts:
    """What runs between `start` and `aclose`."""

    def __init__(
        self, address: Address, timeout_s: float, cipher: Cipher, clock: Clock, changed: Callable[[], None]
    ) -> None:
        run_id = clock.new_id("run")
        self.links = Links(address)
        self.writer = Writer(address, run_id=run_id, timeout_s=timeout_s, now=clock.now)
        self.calls = CallLog(address, run_id=run_id)
        self.keys = CallKeys(self.links)
        self.responses = Responses(self.links, cipher)
        self.caretaker = Caretaker(
            address,
            run_id=run_id,
            links=self.links,
            writer=self.writer,
            responses=self.responses,
            keys=self.keys,
            now=clock.now,
            changed=changed,
        )

    async def start(self) -> None:
        self.writer.start()
        await self.caretaker.start()
        self.calls.start()

    async def aclose(self) -> None:
        await self.caretaker.stop()
        await self.writer.aclose()
        await self.calls.aclose()
        await self.caretaker.aclose()
        await self.links.aclose()


async def _revision(connection: Connection, schema: Schema) -> object:
    try:
        return await connection.fetchval(f"SELECT version_num FROM {version_table(schema)}")  # noqa: S608 - constants
    except asyncpg.UndefinedTableError:
        return None


def _check_hold(order: HoldOrder) -> None:
    _check_amount(order.hold_id, order.amount_nanos)
    ceilings = order.ceilings
    if [ceiling.kind for ceiling in ceilings].count("wallet") != 1 or len(set(ceilings)) < len(ceilings):
        raise ValueError(f"a hold needs one wallet and no account twice, not {ceilings}")


def _check_amount(hold_id: str, nanos: int) -> None:
    if nanos < 0:
        raise ValueError(f"{hold_id!r} is for {nanos} nanos")


def _unreachable(error: BaseException) -> StoreUnavailable:
    return StoreUnavailable(
        f"The database of WAYSTATION_DATABASE_URL can't be used: {str(error) or type(error).__name__}."
    )
