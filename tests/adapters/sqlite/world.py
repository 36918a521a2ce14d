"""A running SQLite store, and the other processes beside it: each has connections of its own."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.adapters.sqlite.made import make_all
from tests.contract.beside import CIPHER, Beside
from tests.contract.store import NOW, ORGANIZATION, token
from waystation.adapters.sql.engine import of_files
from waystation.adapters.sqlite.bookings import Books
from waystation.adapters.sqlite.connection import CALLS_FILE, LEDGER_FILE, RESPONSES_FILE, connect
from waystation.adapters.sqlite.durability import Durability
from waystation.adapters.sqlite.lock import is_served
from waystation.adapters.sqlite.schema import FILES
from waystation.adapters.sqlite.store import SqliteStore
from waystation.wire.ids import make_id


class SqliteWorld(Beside):
    """Its clock is the store's: `now` moves only by hand."""

    def __init__(self, data_dir: Path, durability: Durability = "process") -> None:
        self.now = NOW
        self.data_dir = data_dir
        self.ledger_path = data_dir / LEDGER_FILE
        self.calls_path = data_dir / CALLS_FILE
        self.responses_path = data_dir / RESPONSES_FILE
        self.database = of_files(data_dir)
        self.durability: Durability = durability
        self.store = self._another()
        self._beside: sqlite3.Connection | None = None
        self._of_books: list[sqlite3.Connection] = []

    def prepare(self, credit_nanos: int = 100) -> None:
        """Files with the contract's organization, wallet and token, before the store starts."""
        make_all(self.data_dir)
        self.put_organization(ORGANIZATION)
        self.open_wallet("org_1", "USD", credit_nanos)
        self.put_token(token())

    async def sweep(self) -> int:
        return await self.store.sweep()

    async def crash(self) -> None:
        """What is in the files at this moment is what the next process finds, with the log of what was committed."""
        self.leave()
        with TemporaryDirectory(prefix="waystation-") as folder:
            for name in (f"{file}{suffix}" for file in FILES.values() for suffix in ("", "-wal")):
                if (self.data_dir / name).exists():
                    shutil.copy(self.data_dir / name, folder)
            await self.store.aclose()
            for file in FILES.values():
                (self.data_dir / file).unlink()
            shutil.copytree(folder, self.data_dir, dirs_exist_ok=True)
        self.store = self._another()
        await self.store.start()

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

    @property
    def served(self) -> bool:
        return is_served(self.data_dir)

    def _another(self) -> SqliteStore:
        return SqliteStore(self.data_dir, durability=self.durability, timeout_s=30, cipher=CIPHER, clock=_Clock(self))

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
