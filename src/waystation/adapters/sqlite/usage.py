"""New call records, counted in batches into rows of `usage_pending`.

It takes the interpreter from the event loop for a microsecond or two for each call. In SQL, from the records' JSON, it
would take it for none and cost ten times as much of a processor.
"""

import sqlite3
from bisect import bisect
from collections.abc import Sequence
from functools import cache
from operator import attrgetter
from typing import Final

from waystation.adapters.sql.rollup import COUNTS, DIMENSIONS, DURATIONS_MS, PENDING, SUMS
from waystation.adapters.sqlite.rows import values, write_rows
from waystation.wire.record import CallRecord
from waystation.wire.usage import Usage

KEYS_MAX: Final = 100_000  # about 50 MB; a busy gateway has some thousands
HOUR_S: Final = 3600
DAY_S: Final = 86_400

_USUAL: Final = 3
_rare_of: Final = attrgetter(*COUNTS[_USUAL:])

_AMOUNT, _COST, _ESTIMATED, _LASTED, _FIRST, _FIRST_MS = range(1 + len(COUNTS), 1 + len(SUMS))
_BUCKETS: Final = 1 + len(SUMS)
_EMPTY: Final = [0] * (len(PENDING) - 3)

_NAMES: Final = ", ".join(DIMENSIONS)
_MAKE: Final = f"INSERT INTO usage_keys ({_NAMES}) {values(DIMENSIONS, 1)} ON CONFLICT DO NOTHING"
_IS_IT: Final = " AND ".join(f"{name} = ?" for name in DIMENSIONS)
_FIND: Final = f"SELECT id FROM usage_keys WHERE {_IS_IT}"  # noqa: S608 - constants

Counted = dict[tuple[int, int, int], list[int]]


class UsageKeys:
    """The numbers of what calls are counted by, as far as they were asked for."""

    def __init__(self) -> None:
        self._known: dict[tuple[str | None, ...], int] = {}

    def count(self, connection: sqlite3.Connection, records: Sequence[CallRecord]) -> Counted:
        """What these records add, by hour and key.

        Outside of any transaction: a key that it makes must stay, also if the records don't. Raises: sqlite3.Error.
        """
        sums: Counted = {}
        known = self._known.get
        for record in records:
            key = key_of(record)
            key_id = known(key) or self._learn(connection, key)
            at = int(record.at)
            place = (at // HOUR_S * HOUR_S, (at + record.utc_offset_s) // DAY_S * DAY_S, key_id)
            row = sums.get(place)
            if row is None:
                row = sums[place] = _EMPTY.copy()
            _add(row, record)
        return sums

    def _learn(self, connection: sqlite3.Connection, key: tuple[str | None, ...]) -> int:
        if len(self._known) >= KEYS_MAX:
            self._known.clear()
        names = tuple(name or "" for name in key)
        connection.execute(_MAKE, names)
        (key_id,) = connection.execute(_FIND, names).fetchone()
        self._known[key] = key_id
        return int(key_id)


def append(connection: sqlite3.Connection, sums: Counted) -> None:
    """In the transaction that writes the records, none of which was in the log. Zeros cost less than None here."""
    write_rows(connection.execute, _appending, [(*place, *row) for place, row in sums.items()])


def _add(row: list[int], record: CallRecord) -> None:
    row[0] += 1
    if record.usage is not None:
        _add_usage(row, record.usage)
    row[_AMOUNT] += record.amount_nanos
    if record.cost_nanos:
        row[_COST] += record.cost_nanos
    if record.estimated:
        row[_ESTIMATED] += 1
    row[_LASTED] += record.duration_ms
    row[_BUCKETS + bisect(DURATIONS_MS, record.duration_ms)] += 1
    if record.time_to_first_chunk_ms is not None:
        row[_FIRST] += 1
        row[_FIRST_MS] += record.time_to_first_chunk_ms


def _add_usage(row: list[int], usage: Usage) -> None:
    row[1] += usage.input_tokens or 0
    row[2] += usage.output_tokens or 0
    row[3] += usage.cache_read_input_tokens or 0
    if usage.detailed or usage.cache_creation_1h_input_tokens or usage.images or usage.seconds or usage.searches:
        for number, count in enumerate(_rare_of(usage), start=1 + _USUAL):
            row[number] += count or 0


def key_of(record: CallRecord) -> tuple[str | None, ...]:
    """The record's DIMENSIONS: spelled out, since a getter of eleven names would take most of the counting's time.

    Without a currency if nothing was billed, see `rollup`.
    """
    return (
        record.token_id,
        record.request_model,
        record.upstream,
        record.outcome,
        record.dialect,
        record.organization_id,
        record.department_id,
        record.project_id,
        record.member_id,
        record.currency if record.usage is not None or record.amount_nanos else None,
        record.cost_currency,
    )


@cache
def _appending(count: int) -> str:
    return f"INSERT INTO usage_pending ({', '.join(PENDING)}) {values(PENDING, count)}"
