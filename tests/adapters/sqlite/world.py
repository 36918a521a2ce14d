"""A running SQLite store, and the other processes beside it: each has connections of its own."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path

from tests.adapters.sqlite.made import make
from tests.contract.store import NOW, token
from waystation.adapters.crypto import Cipher
from waystation.adapters.sql.catalogue import SqlRepository
from waystation.adapters.sql.engine import of_files
from waystation.adapters.sql.verify import verify
from waystation.adapters.sqlite import accounts
from waystation.adapters.sqlite.bookings import Books
from waystation.adapters.sqlite.connection import CALLS_FILE, LEDGER_FILE, RESPONSES_FILE, connect
from waystation.adapters.sqlite.durability import Durability
from waystation.adapters.sqlite.lock import is_served
from waystation.adapters.sqlite.store import SqliteStore
from waystation.ledger.posting import Account
from waystation.ledger.verify import Report
from waystation.manifest.repository import Changes
from waystation.wire.booking import Ceiling
from waystation.wire.catalogue import Organization, Token
from waystation.wire.ids import make_id
from waystation.wire.money import Money

CIPHER = Cipher("a master key for tests only, 32+ characters")


class SqliteWorld:
    """Its clock is the store's: `now` moves only by hand."""

    def __init__(self, data_dir: Path, durability: Durability = "process") -> None:
        self.now = NOW
        self.data_dir = data_dir
        self.ledger_path = data_dir / LEDGER_FILE
        self.calls_path = data_dir / CALLS_FILE
        self.responses_path = data_dir / RESPONSES_FILE
        self.store = SqliteStore(data_dir, durability=durability, cipher=CIPHER, clock=_Clock(self))
        self._beside: sqlite3.Connection | None = None
        self._of_books: list[sqlite3.Connection] = []

    def prepare(self, credit_nanos: int = 100) -> None:
        """Files with the contract's organization, wallet and token, before the store starts."""
        make(self.beside, "ledger")
        self.retain(30)
        self.open_wallet("org_1", "USD", credit_nanos)
        self.put_token(token())

    def open_wallet(self, organization_id: str, currency: str, nanos: int) -> None:
        self.write(Changes(kept_by="file", wallets=((organization_id, Money(nanos, currency)),)))

    def retain(self, days: int) -> None:
        self.write(Changes(kept_by="file", organizations=(Organization("org_1", "acme", days),)))

    def put_token(self, token: Token) -> None:
        self.write(Changes(kept_by="file", tokens=(token,)))

    def revoke(self, token_id: str) -> None:
        self.write(Changes(kept_by="file", revoked_tokens=(token_id,)))

    def account(self, ceiling: Ceiling) -> Account | None:
        found = accounts.read_all(self.beside, kind=ceiling.kind, owner_id=ceiling.owner_id)
        key = (ceiling.currency, ceiling.period, ceiling.starts_at)
        return next((each for each in found if (each.currency, each.period, each.starts_at) == key), None)

    async def sweep(self) -> int:
        return await self.store.sweep()

    async def aclose(self) -> None:
        await self.store.aclose()
        self.leave()

    def books(self, run_id: str = "run_1") -> Books:
        """Books on a connection of their own, as the store's writer has them."""
        connection = connect(self.ledger_path)
        self._of_books.append(connection)
        return Books(connection, run_id)

    def leave(self) -> None:
        """Close the connections beside the store."""
        while self._of_books:
            self._of_books.pop().close()
        if self._beside is not None:
            self._beside.close()
            self._beside = None

    def verify(self) -> Report:
        database = of_files(self.data_dir)
        try:
            return verify(database, now=self.now, served=is_served(self.data_dir))
        finally:
            database.close()

    def write(self, changes: Changes) -> None:
        with closing(of_files(self.data_dir)) as database:
            repository = SqlRepository(database, CIPHER)
            with repository.writing():
                repository.write(changes, at=NOW)

    @property
    def beside(self) -> sqlite3.Connection:
        """A connection to the ledger that is not the store's."""
        if self._beside is None:
            self._beside = connect(self.ledger_path)
        return self._beside


@contextmanager
def booking(books: Books, *, shared: bool = False) -> Iterator[None]:
    """One transaction of the books."""
    books.begin(shared=shared)
    try:
        yield
        books.commit()
    except BaseException:
        books.rollback()
        raise


async def started(data_dir: Path) -> SqliteWorld:
    world = SqliteWorld(data_dir)
    world.prepare()
    await world.store.start()
    return world


class _Clock:
    def __init__(self, world: SqliteWorld) -> None:
        self._world = world
        self._ids = count(1)

    def now(self) -> float:
        return self._world.now

    def monotonic(self) -> float:
        return self._world.now

    def new_id(self, prefix: str) -> str:
        return make_id(prefix, int(self._world.now * 1000), next(self._ids) + id(self) % 2**32 * 2**16)

    def draw(self) -> float:
        return 0.5
