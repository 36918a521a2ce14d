"""Sealing postings into the chain of hashes, and reading them again to see whether it still holds.

It is done beside the calls. Only what can't be overtaken is sealed: SQLite has one writer, so its numbers are committed
in order; on PostgreSQL every writer holds a lock, shared, from before it takes a number until its commit, and the
sealer takes that lock alone for an instant.
"""

import sqlite3
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, insert, select

from waystation.adapters.sql import locks, postings
from waystation.adapters.sql.engine import Database
from waystation.adapters.sql.tables.ledger import postings as table
from waystation.adapters.sql.tables.office import seals
from waystation.adapters.sql.types import AnyRow
from waystation.ledger.seal import AT_ONCE, BLOCK_MAX, SEALED_COLUMNS, START, Fault, PostingRow, Seal, Sealer, faults

_COLUMNS: Final = tuple(table.c[name] for name in SEALED_COLUMNS)
_OF_SQLITE: Final = f"SELECT {', '.join(SEALED_COLUMNS)} FROM postings WHERE id > ? AND id <= ? ORDER BY id LIMIT ?"  # noqa: S608 - constants
_SEAL: Final = tuple(seals.c[name] for name in Seal.__struct_fields__)


def seal(database: Database, at: float, *, blocks_max: int | None = None) -> int:
    """Seal what can be; how many postings. Raises: StoreUnavailable if the instant was not to be had."""
    safe = safe_posting(database)
    sealed = 0
    blocks = 0
    while blocks_max is None or blocks < blocks_max:
        block = _next(database, safe)
        if block is None or not _keep(database, block, at):
            break
        sealed += block.count
        blocks += 1
    return sealed


def safe_posting(database: Database) -> int:
    """A number up to which every posting is committed that ever will be. Raises: StoreUnavailable, as `seal`."""
    if database.dialect == "postgresql":
        return int(database.at_once(locks.SAFE_POSTING)[0])
    with database.reading() as connection:
        return postings.newest(connection)


def last(connection: Connection) -> Seal | None:
    row = connection.execute(select(*_SEAL).order_by(seals.c.number.desc()).limit(1)).first()
    return None if row is None else seal_of(row)


def seal_of(row: AnyRow) -> Seal:
    """Drivers give bytes in types of their own."""
    values: list[Any] = [_plain(value) for value in row]
    return Seal(*values)


def first_posting_since(connection: Connection, at: float) -> int:
    """No posting before this one was booked at that time (Unix seconds) or later."""
    found = select(seals.c.first_posting).where(seals.c.last_at >= at).order_by(seals.c.number).limit(1)
    first = connection.execute(found).scalar()
    if first is not None:
        return int(first)
    newest = last(connection)
    return 1 if newest is None else newest.last_posting + 1


class Inspector:
    """Fed every posting in order, it compares them with the seals. It keeps one block in memory."""

    def __init__(self, connection: Connection, differ: Callable[[Seal, Fault], None]) -> None:
        self._seals = _all(connection)
        self._differ = differ
        self.blocks = 0
        self.head: Seal | None = None  # the last one that was looked at
        self._open = next(self._seals, None)
        self._sealer = Sealer(START)
        self._rows: list[PostingRow] = []  # of the open block, not yet given to it

    def add(self, row: PostingRow) -> None:
        while self._open is not None and row[0] > self._open.last_posting:  # type: ignore[operator]
            self._close()
        if self._open is not None:
            self._rows.append(row)
            if len(self._rows) == AT_ONCE:
                self._give()

    def finish(self) -> None:
        while self._open is not None:
            self._close()

    def _close(self) -> None:
        """A block whose numbers have passed."""
        stored = self._open
        assert stored is not None
        self._give()
        found = self._sealer.seal(stored.number) if self._sealer.count else None
        for fault in faults(stored, found):
            self._differ(stored, fault)
        self.blocks += 1
        if stored.number != self.blocks:
            self._differ(stored, Fault(None, f"seal {self.blocks} is missing before it"))
            self.blocks = stored.number
        self.head = stored
        self._sealer = Sealer(stored.hash)
        self._open = next(self._seals, None)

    def _give(self) -> None:
        self._sealer.add(self._rows)
        self._rows = []


def _next(database: Database, safe: int) -> Seal | None:
    """The next block as it would be, from outside of any lock: what is sealed does not change."""
    with database.reading() as connection:
        before = last(connection)
        sealer = Sealer(START if before is None else before.hash)
        after = 0 if before is None else before.last_posting
        for rows in _rows(connection, after, safe):
            sealer.add(rows)
        return sealer.seal(1 if before is None else before.number + 1) if sealer.count else None


def _keep(database: Database, block: Seal, at: float) -> bool:
    """False if another has sealed meanwhile."""
    with database.writing() as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({locks.SEALING})")
        before = last(connection)
        if block.number != (1 if before is None else before.number + 1):
            return False
        connection.execute(insert(seals).values(msgspec.structs.asdict(block) | {"sealed_at": at}))
    return True


def _rows(connection: Connection, after: int, through: int) -> Iterator[list[PostingRow]]:
    """A block's, some at once. On SQLite straight from the driver: a busy server seals all that its calls book."""
    driver = connection.connection.driver_connection
    if isinstance(driver, sqlite3.Connection):
        found = driver.execute(_OF_SQLITE, (after, through, BLOCK_MAX))
        while rows := found.fetchmany(AT_ONCE):
            yield rows
        return
    scanned = map(sealed_row, islice(postings.scan(connection, _COLUMNS, after=after, through=through), BLOCK_MAX))
    while rows := list(islice(scanned, AT_ONCE)):
        yield rows


def sealed_row(row: AnyRow) -> PostingRow:
    """A posting's columns in the order in which they are sealed, in types that are the same on every database."""
    number, at, *rest = tuple(row)
    return (number, float(at), *map(_plain, rest))


def _plain(value: object) -> object:
    return bytes(value) if isinstance(value, (bytearray, memoryview)) else value


def _all(connection: Connection) -> Iterator[Seal]:
    number = 0
    while rows := connection.execute(
        select(*_SEAL).where(seals.c.number > number).order_by(seals.c.number).limit(20)
    ).fetchall():
        yield from map(seal_of, rows)
        number = rows[-1][0]
