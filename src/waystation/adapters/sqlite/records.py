"""Call records as rows of calls.db: written in batches, read newest first."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Final

import msgspec

from waystation.adapters.sql.rollup import counted
from waystation.adapters.sqlite.connection import connect_reader
from waystation.adapters.sqlite.rows import CHUNK, Row, values, write_rows
from waystation.adapters.sqlite.usage import Counted, append
from waystation.wire.record import CallRecord, Outcome

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
_decode: Final = msgspec.json.Decoder(CallRecord).decode


class CallFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which calls to list. None is any; `since` and `until` are Unix seconds, `until` itself is left out.

    `model` is the public name, `before` the id of the call after which an earlier list ended.
    """

    since: float | None = None
    until: float | None = None
    organization_id: str | None = None
    token_id: str | None = None
    model: str | None = None
    upstream: str | None = None
    outcome: Outcome | None = None
    before: str | None = None
    limit: int = 100


def write(connection: sqlite3.Connection, records: Sequence[CallRecord], sums: Counted | None = None) -> None:
    """Within a transaction. `sums` is what they add to the roll-ups, if it was counted before, which costs less.

    A record that is there already was rebuilt from its posting: the whole one takes its place.
    """
    call_ids = [record.call_id for record in records]
    if sums is not None and connection.execute(_ANY, (_encode(call_ids).decode(),)).fetchone() is None:
        _replace(connection, records)
        append(connection, sums)
    else:
        with counted(connection, call_ids):
            _replace(connection, records)


def mend(connection: sqlite3.Connection, records: Sequence[CallRecord]) -> None:
    """Within a transaction: add the records that are missing, and put right the amounts of those that are there."""
    with counted(connection, [record.call_id for record in records]):
        connection.executemany(_MEND, map(_row, records))


def calls(path: Path, wanted: CallFilter) -> Iterator[CallRecord]:
    """The call records that fit, newest first. May be read while the server runs."""
    conditions, parameters = _conditions(wanted)
    where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
    with closing(connect_reader(path)) as connection:
        yield from map(
            record_of,
            connection.execute(
                f"SELECT record, amount_nanos FROM calls {where} ORDER BY at DESC, call_id DESC LIMIT ?",  # noqa: S608 - constants
                (*parameters, wanted.limit),
            ),
        )


def _replace(connection: sqlite3.Connection, records: Sequence[CallRecord]) -> None:
    for start in range(0, len(records), CHUNK):  # so that the interpreter's lock is never held for long
        rows = [_row(record) for record in records[start : start + CHUNK]]
        write_rows(connection.execute, _replacing, rows)


@cache
def _replacing(count: int) -> str:
    return f"INSERT OR REPLACE {_INTO} {values(_COLUMNS, count)}"


def _conditions(wanted: CallFilter) -> tuple[list[str], list[object]]:
    possible: tuple[tuple[str, object], ...] = (
        ("at >= ?", wanted.since),
        ("at < ?", wanted.until),
        ("organization_id = ?", wanted.organization_id),
        ("token_id = ?", wanted.token_id),
        ("request_model = ?", wanted.model),
        ("upstream = ?", wanted.upstream),
        ("outcome = ?", wanted.outcome),
        ("(at, call_id) < (SELECT at, call_id FROM calls WHERE call_id = ?)", wanted.before),
    )
    given = [(condition, value) for condition, value in possible if value is not None]
    return [condition for condition, _ in given], [value for _, value in given]


def _row(record: CallRecord) -> Row:
    return (
        record.call_id,
        record.at,
        record.organization_id,
        record.token_id,
        record.request_model,
        record.upstream,
        record.outcome,
        record.amount_nanos,
        _encode(record).decode(),
    )


def record_of(row: tuple[str, int]) -> CallRecord:
    """The record in a row; its amount is the column's, which follows the posting."""
    record, amount_nanos = row
    return msgspec.structs.replace(_decode(record), amount_nanos=amount_nanos)
