"""Call records as rows of calls.db, written in batches."""

import sqlite3
from collections.abc import Callable, Sequence
from functools import cache
from typing import Final

from waystation.adapters.sql.rollup import counted
from waystation.adapters.sqlite.rows import CHUNK, Row, values, write_rows
from waystation.adapters.sqlite.usage import Counted, append
from waystation.wire.record import Written

_COLUMNS: Final = (
    "call_id",
    "at",
    "organization_id",
    "token_id",
    "request_model",
    "upstream",
    "outcome",
    "amount_nanos",
    "record",
)
_INTO: Final = f"INTO calls ({', '.join(_COLUMNS)})"
_MEND: Final = (
    f"INSERT {_INTO} {values(_COLUMNS, 1)} ON CONFLICT (call_id) DO UPDATE SET amount_nanos = excluded.amount_nanos"
)


def add(connection: sqlite3.Connection, records: Sequence[Written], sums: Counted) -> None:
    """Within a transaction. `sums` is what they add to the roll-ups.

    Raises: sqlite3.IntegrityError if one is there already: `write` is for those.
    """
    _insert(connection, records, _inserting)
    append(connection, sums)


def write(connection: sqlite3.Connection, records: Sequence[Written]) -> None:
    """Within a transaction. One that is there already was rebuilt from its posting: the whole one takes its place."""
    with counted(connection, [record.call_id for record, _ in records]):
        _insert(connection, records, _replacing)


def mend(connection: sqlite3.Connection, records: Sequence[Written]) -> None:
    """Within a transaction: add the records that are missing, and put right the amounts of those that are there."""
    with counted(connection, [record.call_id for record, _ in records]):
        connection.executemany(_MEND, map(_row, records))


def _insert(connection: sqlite3.Connection, records: Sequence[Written], statement: Callable[[int], str]) -> None:
    for start in range(0, len(records), CHUNK):  # so that the interpreter's lock is never held for long
        rows = [_row(record) for record in records[start : start + CHUNK]]
        write_rows(connection.execute, statement, rows)


@cache
def _inserting(count: int) -> str:
    return f"INSERT {_INTO} {values(_COLUMNS, count)}"


@cache
def _replacing(count: int) -> str:
    return f"INSERT OR REPLACE {_INTO} {values(_COLUMNS, count)}"


def _row(entry: Written) -> Row:
    record, text = entry
    return (
        record.call_id,
        record.at,
        record.organization_id,
        record.token_id,
        record.request_model,
        record.upstream,
        record.outcome,
        record.amount_nanos,
        text.decode(),
    )
