"""From SQLite's files to an empty PostgreSQL: every table, in one transaction, and then read back on both sides.

Nobody writes to the files meanwhile. Nothing is there for others to see until it has been found to be the same.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any, Final

import msgspec
import pg8000
from sqlalchemy import BigInteger, Connection, Double, Table, func, inspect, select

from waystation.adapters.sql.bulk import copy_line
from waystation.adapters.sql.engine import Database
from waystation.adapters.sql.partitions import make_partitions
from waystation.adapters.sql.revisions import SCHEMAS, Schema, version_table
from waystation.adapters.sql.tables.calls import CALLS, calls
from waystation.adapters.sql.tables.catalogue import LEDGER
from waystation.adapters.sql.tables.ledger import accounts
from waystation.adapters.sql.tables.responses import RESPONSES
from waystation.adapters.sql.types import REAL
from waystation.wire.errors import Misconfigured

TABLES: Final[dict[Schema, tuple[Table, ...]]] = {
    "ledger": tuple(LEDGER.sorted_tables),
    "calls": tuple(CALLS.sorted_tables),
    "responses": tuple(RESPONSES.sorted_tables),
}
_SEEDED: Final = frozenset({"catalogue", "watermark"})  # a revision puts their one row there
_PARTITIONED_S: Final = 20 * 366 * 86_400
_BLOCK: Final = 1 << 18
_MOD: Final = 1 << 128


class Print(msgspec.Struct, frozen=True):
    """What a table's rows come to, in whatever order they are read: how many, and the sum of their hashes."""

    rows: int
    hash: str


class Compared(msgspec.Struct, frozen=True):
    """A table, or a sum over accounts, on both sides."""

    what: str
    source: str
    target: str

    @property
    def same(self) -> bool:
        return self.source == self.target


def copy(source: Database, target: Database) -> list[Compared]:
    """Copy, compare, and keep the copy if it is the same: both must have the schema of this version.

    Raises: Misconfigured if the target has rows, if the files have tables that this version does not know, or if one of
    them holds what PostgreSQL does not take. StoreUnavailable.
    """
    with ExitStack() as stack:
        files = {schema: stack.enter_context(source.writing(schema)) for schema in SCHEMAS}
        for schema, connection in files.items():
            _require_known(connection, schema)
        try:
            with target.writing() as connection:
                return _copied(files, connection)
        except _Different as different:
            return different.compared


class _Different(Exception):
    """Ends the transaction without a commit."""

    def __init__(self, compared: list[Compared]) -> None:
        super().__init__("the copy is not the same")
        self.compared = compared


def _copied(files: dict[Schema, Connection], target: Connection) -> list[Compared]:
    _require_empty(target)
    _prepare(target)
    _make_partitions(files["calls"], target)
    for schema, table in _all():
        _copy_table(files[schema], target, table)
    _finish(target)
    compared = [*_tables_compared(files, target), *_accounts_compared(files["ledger"], target)]
    if not all(one.same for one in compared):
        raise _Different(compared)
    return compared


def _all() -> Iterator[tuple[Schema, Table]]:
    return ((schema, table) for schema, tables in TABLES.items() for table in tables)


def _require_known(connection: Connection, schema: Schema) -> None:
    known = {table.name for table in TABLES[schema]} | {version_table(schema)}
    strange = sorted(set(inspect(connection).get_table_names()) - known)
    if strange:
        raise Misconfigured(f"the {schema} file has a table that this version does not know: {strange[0]!r}")


def _require_empty(connection: Connection) -> None:
    for _, table in _all():
        found = connection.exec_driver_sql(f"SELECT 1 FROM {table.name} LIMIT 1").first()  # noqa: S608 - constants
        if found is not None and table.name not in _SEEDED:
            raise Misconfigured(f"the database is not empty: there are rows in {table.name!r}. Name a fresh one")


def _prepare(connection: Connection) -> None:
    """No trigger may add to what is copied, nor tell of it."""
    for _, table in _all():
        connection.exec_driver_sql(f"ALTER TABLE {table.name} DISABLE TRIGGER USER")
    names = ", ".join(table.name for _, table in _all())
    connection.exec_driver_sql(f"TRUNCATE {names} RESTART IDENTITY")


def _make_partitions(source: Connection, target: Connection) -> None:
    """A month that has calls gets its partition first; what is of no believable month stays with the rest."""
    first, last = source.execute(select(func.min(calls.c.at), func.max(calls.c.at))).one()
    if first is None or first < 0 or last - first > _PARTITIONED_S:
        return
    begin, end = (datetime.fromtimestamp(at, UTC).date() for at in (first, last))
    make_partitions(target, begin, end)


def _finish(connection: Connection) -> None:
    for _, table in _all():
        connection.exec_driver_sql(f"ALTER TABLE {table.name} ENABLE TRIGGER USER")
        column = table.autoincrement_column
        if column is not None:
            connection.exec_driver_sql(
                f"SELECT setval(pg_get_serial_sequence('{table.name}', '{column.name}'),"  # noqa: S608 - constants
                f" (SELECT coalesce(max({column.name}), 0) + 1 FROM {table.name}), false)"
            )


def _copy_table(source: Connection, target: Connection, table: Table) -> None:
    raw: Any = target.connection.driver_connection
    try:
        raw.cursor().execute(f"COPY {table.name} ({_names(table)}) FROM STDIN", stream=_blocks(_lines(source, table)))
    except pg8000.Error as error:
        said = error.args[0] if error.args and isinstance(error.args[0], dict) else {}
        raise Misconfigured(f"PostgreSQL does not take a row of {table.name!r}: {said.get('M', error)}") from error


def _names(table: Table) -> str:
    return ", ".join(f'"{column.name}"' for column in table.columns)


def _lines(source: Connection, table: Table) -> Iterator[str]:
    raw: Any = source.connection.driver_connection
    return map(copy_line, raw.execute(f"SELECT {_names(table)} FROM {table.name}"))  # noqa: S608 - constants


def _blocks(lines: Iterator[str]) -> Iterator[bytes]:
    block = bytearray()
    for line in lines:
        block += line.encode()
        block += b"\n"
        if len(block) >= _BLOCK:
            yield bytes(block)
            block.clear()
    if block:
        yield bytes(block)


class _Reckoner:
    """Takes rows in the form of COPY, also as the stream that PostgreSQL sends them to: then one at a time."""

    def __init__(self, table: Table) -> None:
        self._rows = 0
        self._sum = 0
        self._reals = [place for place, column in enumerate(table.columns) if _is_real(column.type)]

    def take(self, line: bytes) -> None:
        self._rows += 1
        self._sum += int.from_bytes(blake2b(line, digest_size=16).digest())

    def write(self, line: bytes) -> None:
        line = line.rstrip(b"\n")
        if self._reals:
            cells = line.split(b"\t")
            for place in self._reals:
                if cells[place] != b"\\N":
                    cells[place] = repr(float(cells[place])).encode()
            line = b"\t".join(cells)
        self.take(line)

    def print(self) -> Print:
        return Print(self._rows, f"{self._sum % _MOD:032x}")


def _is_real(kind: object) -> bool:
    return kind is REAL or isinstance(kind, Double)


def _tables_compared(files: dict[Schema, Connection], target: Connection) -> Iterator[Compared]:
    raw: Any = target.connection.driver_connection
    for schema, table in _all():
        here, there = _Reckoner(table), _Reckoner(table)
        for line in _lines(files[schema], table):
            here.take(line.encode())
        raw.cursor().execute(f"COPY (SELECT {_names(table)} FROM {table.name}) TO STDOUT", stream=there)  # noqa: S608 - constants
        yield Compared(str(table.name), _told(here.print()), _told(there.print()))


def _accounts_compared(source: Connection, target: Connection) -> Iterator[Compared]:
    columns = (accounts.c.credits_posted, accounts.c.debits_posted, accounts.c.debits_pending, accounts.c.slack)
    query = (
        select(accounts.c.kind, accounts.c.currency, *(func.sum(column, type_=BigInteger) for column in columns))
        .group_by(accounts.c.kind, accounts.c.currency)
        .order_by(accounts.c.kind, accounts.c.currency)
    )
    here, there = ({row[:2]: row[2:] for row in one.execute(query)} for one in (source, target))
    for key in sorted({*here, *there}):
        sums = (" ".join(str(int(sum_)) for sum_ in side.get(key, ())) for side in (here, there))
        yield Compared(f"accounts {' '.join(key)}", *sums)


def _told(print_: Print) -> str:
    return f"{print_.rows} rows {print_.hash}"
