"""The call log's partitions on PostgreSQL: one for each month of UTC, by call ids, which sort by time.

What no month takes goes to `calls_rest`: a clock that jumps loses no record. Because of it a partition can't be
detached concurrently; it is detached at once, under a lock that is waited for so briefly that records merely queue.
"""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Final

from sqlalchemy import Connection

REST: Final = "calls_rest"
LOCK_MS: Final = 200  # the log's writer waits for no longer than this, and calls not at all
_NAME: Final = re.compile(r"calls_(\d{4})_(\d{2})", re.ASCII)
_NAMES: Final = (
    "SELECT c.relname FROM pg_inherits JOIN pg_class AS c ON c.oid = inhrelid WHERE inhparent = 'calls'::regclass"
)


def id_at(at: float) -> str:
    """What the ids of calls from this moment on (Unix seconds) are not below."""
    return f"call_{int(at * 1000):011x}"


def make_partitions(connection: Connection, first: date, last: date) -> list[str]:
    """Those of the months from `first` to `last` that are missing; their names. Rows that waited for one are moved.

    In a transaction of its own. Raises: sqlalchemy.exc.DBAPIError if others keep the log locked.
    """
    wanted = {_name(month): month for month in _months(first, last)}
    missing = sorted(wanted.keys() - _existing(connection))
    if missing:
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{LOCK_MS}ms'")
        connection.exec_driver_sql(f"LOCK TABLE {REST} IN ACCESS EXCLUSIVE MODE")
    for name in missing:
        _make(connection, name, wanted[name])
    return missing


def drop_partitions(connection: Connection, before: float) -> list[str]:
    """Every month that was over by then; their names. The roll-ups stay as they are. As `make_partitions`."""
    over = sorted(name for name in _existing(connection) if _end(name) <= before)
    if over:
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{LOCK_MS}ms'")
    for name in over:
        connection.exec_driver_sql(f"ALTER TABLE calls DETACH PARTITION {name}")
        connection.exec_driver_sql(f"DROP TABLE {name}")
    return over


def ends_of_months(connection: Connection) -> list[float]:
    """The ends (Unix seconds) of the months that have a partition, in order."""
    return sorted(_end(name) for name in _existing(connection))


def next_month(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def _make(connection: Connection, name: str, month: date) -> None:
    begin, end = id_at(_unix(month)), id_at(_unix(next_month(month)))
    connection.exec_driver_sql(f"CREATE TABLE {name} (LIKE calls INCLUDING ALL)")
    connection.exec_driver_sql(
        f"WITH moved AS (DELETE FROM {REST} WHERE call_id >= '{begin}' AND call_id < '{end}' RETURNING *)"  # noqa: S608 - names and numbers of ours
        f" INSERT INTO {name} SELECT * FROM moved"
    )
    connection.exec_driver_sql(f"ALTER TABLE calls ATTACH PARTITION {name} FOR VALUES FROM ('{begin}') TO ('{end}')")


def _existing(connection: Connection) -> set[str]:
    return {name for (name,) in connection.exec_driver_sql(_NAMES) if _NAME.fullmatch(name)}


def _months(first: date, last: date) -> Iterator[date]:
    month = first.replace(day=1)
    while month <= last:
        yield month
        month = next_month(month)


def _name(month: date) -> str:
    return f"calls_{month:%Y_%m}"


def _end(name: str) -> float:
    match = _NAME.fullmatch(name)
    assert match is not None
    return _unix(next_month(date(int(match[1]), int(match[2]), 1)))


def _unix(day: date) -> float:
    return datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()
