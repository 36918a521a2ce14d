"""Call records in the log of either database, as its writer puts them there."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from typing import Any

import msgspec

from tests.contract.store import NOW, call_record
from waystation.adapters.sql.engine import Database
from waystation.adapters.sql.rollup import PENDING
from waystation.adapters.sqlite import records
from waystation.adapters.sqlite.connection import transaction
from waystation.adapters.sqlite.usage import UsageKeys
from waystation.wire.ids import make_id
from waystation.wire.record import CallRecord, written

_COLUMNS = ("call_id", "at", "organization_id", "token_id", "request_model", "upstream", "outcome", "amount_nanos")
_INSERT = (
    f"INSERT INTO calls ({', '.join(_COLUMNS)}, record) VALUES ({', '.join(['%s'] * 9)})"  # noqa: S608 - constants
    f" ON CONFLICT (call_id) DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in (*_COLUMNS, 'record'))}"
)


def a_call(number: int = 1, *, at: float = NOW, **facts: Any) -> CallRecord:
    """With an id of its time."""
    return msgspec.structs.replace(call_record(make_id("call", int(at * 1000), number)), at=at, **facts)


def log(database: Database, calls: Sequence[CallRecord]) -> None:
    if database.dialect == "sqlite":
        with database.writing("calls") as connection:
            path = connection.exec_driver_sql("PRAGMA database_list").one()[2]
        with closing(sqlite3.connect(path, isolation_level=None)) as file:
            sums, entries = UsageKeys().count(file, calls), [written(call) for call in calls]
            try:
                with transaction(file):
                    records.add(file, entries, sums)
            except sqlite3.IntegrityError:  # as the log's writer does
                with transaction(file):
                    records.write(file, entries)
        return
    with database.writing("calls") as connection:
        for call in calls:
            record = msgspec.json.encode(call).decode()
            connection.exec_driver_sql(_INSERT, (*(getattr(call, name) for name in _COLUMNS), record))


def rolled(database: Database, *wanted: str, by: Sequence[str] = ()) -> list[tuple[Any, ...]]:
    """Sums by dimensions, over all hours, what is pending with them."""
    names = ", ".join(by)
    sums = ", ".join(f"CAST(sum({name}) AS BIGINT)" for name in wanted)
    columns = ", ".join(("hour", *PENDING[2:]))
    source = f"(SELECT {columns} FROM usage_hours UNION ALL SELECT {columns} FROM usage_pending)"  # noqa: S608 - constants
    if database.dialect == "sqlite":
        source = source.replace("usage_", "log.usage_")
    keys = "log.usage_keys" if database.dialect == "sqlite" else "usage_keys"
    grouped = f"GROUP BY {names} ORDER BY {names}" if by else ""
    wanted_sums = ", ".join([*by, sums])
    with database.reading() as connection:
        rows = connection.exec_driver_sql(
            f"SELECT {wanted_sums} FROM {source} AS u JOIN {keys} AS k ON k.id = u.key_id {grouped}"  # noqa: S608 - constants
        )
        return [tuple(row) for row in rows]
