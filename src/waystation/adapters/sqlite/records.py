"""Call records as rows of calls.db, written in batches."""

import sqlite3
from collections.abc import Sequence
from functools import cache
from typing import Final

import msgspec

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
_ANY: Final = "SELECT 1 FROM calls WHERE call_id IN (SELECT value FROM json_each(?)) LIMIT 1"

_encode: Final = msgspec.json.Encoder().encode


def write(connection: sqlite3.Connection, records: Sequence[Written], sums: Counted | None = None) -> None:
    """Within a transaction. `sums` is what they add to the roll-ups, if it was counted before, which costs less.

    A record that is there already was rebuilt from its posting: the whole one takes its place.
    """
    call_ids = [record.call_id for record, _ in records]
    if sums is not None and connection.execute(_ANY, (_encode(call_ids).decode(),)).fetchone() is None:
        _replace(connection, records)
        append(connection, sums)
    else:
        with counted(connection, call_ids):
            _replace(connection, records)


def mend(connection: sqlite3.Connection, records: Sequence[Written]) -> None:
    """Within a transaction: add the records that are missing, and put right the amounts of those that are there."""
    with counted(connection, [record.call_id for record, _ in records]):
        connection.executemany(_MEND, map(_row, records))


def _replace(connection: sqlite3.Connection, records: Sequence[Written]) -> None:
    for start in range(0, len(records), CHUNK):  # so that the interpreter's lock is never held for long
        rows = [_row(record) for record in records[start : start + CHUNK]]
        write_rows(connection.execute, _replacing, rows)


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
