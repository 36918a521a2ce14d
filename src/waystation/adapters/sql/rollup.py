"""Usage by hour and by day, kept in the transaction that writes the call records, as differences.

What stood in the log for a call is taken off, and what stands there now is added: so a late record, one that was
rebuilt, and a corrected amount count once, at the time of their call. The differences are appended to `usage_pending`
and now and then folded into `usage_hours` and `usage_days`; who asks adds both. On SQLite the log's writer appends them
(`sqlite.usage`, and `counted` here), on PostgreSQL triggers on the log do it for every writer. Deleting records leaves
the sums alone. An hour is one of UTC, a day one of the organization's calendar. A call that nothing was billed for is
counted under no currency: so what is counted under one was billed, also if it cost nothing.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:  # the writer of SQLite's log does without it
    import sqlalchemy

# A token stands first: who is above it, and what it asks in, seldom multiplies its rows.
DIMENSIONS: Final = (
    "token_id",
    "request_model",
    "upstream",
    "outcome",
    "dialect",
    "organization_id",
    "department_id",
    "project_id",
    "member_id",
    "currency",
    "cost_currency",
)
COUNTS: Final = (
    "input_tokens",
    "output_tokens",
    "cache_read_input_tokens",
    "cache_creation_input_tokens",
    "cache_creation_1h_input_tokens",
    "reasoning_output_tokens",
    "audio_input_tokens",
    "audio_output_tokens",
    "image_input_tokens",
    "image_output_tokens",
    "images",
    "seconds",
    "searches",
)
SUMS: Final = (*COUNTS, "amount_nanos", "cost_nanos", "estimated", "duration_ms", "first_chunks", "first_chunk_ms")

# Calls that lasted less than so many milliseconds, and not less than the bound before; the last bucket has no bound.
DURATIONS_MS: Final = (100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000)
DURATIONS: Final = tuple(f"lasted_{number}" for number in range(len(DURATIONS_MS) + 1))

# What is appended, and added up: the hour, the day, what the calls are counted by, how many more or fewer they are.
PENDING: Final = ("hour", "day", "key_id", "calls", *SUMS, *DURATIONS)

FOLDING: Final = 0x57415957  # PostgreSQL's advisory lock for it
_LOGGED: Final = frozenset({"token_id", "request_model", "upstream", "outcome", "organization_id"})
_encode: Final = msgspec.json.Encoder().encode


@contextmanager
def counted(connection: sqlite3.Connection, call_ids: Iterable[str]) -> Iterator[None]:
    """Within a transaction on the log's file: the block may add and change the records of these calls only.

    For those that may be there already; `sqlite.usage` counts new ones for less.
    """
    wanted = (_encode(list(call_ids)).decode(),)
    connection.execute(_TAKE_OFF, wanted)
    yield
    connection.execute(_ADD_KEYS, wanted)
    connection.execute(_ADD, wanted)


def fold(connection: "sqlite3.Connection | sqlalchemy.Connection") -> None:
    """Within a transaction on the call log: carry what is pending over. On PostgreSQL, unless somebody else does."""
    if isinstance(connection, sqlite3.Connection):
        for statement in _FOLD:
            connection.execute(statement)
    elif connection.dialect.name == "sqlite":
        fold(_file(connection))
    elif connection.exec_driver_sql(f"SELECT pg_try_advisory_xact_lock({FOLDING})").scalar_one():
        connection.exec_driver_sql(_FOLD_AT_ONCE)


def amend(connection: "sqlalchemy.Connection", amounts: Sequence[tuple[str, int]]) -> None:
    """Put these calls' amounts right in the log and in the roll-ups, within `Database.writing("calls")`."""
    statement = "UPDATE calls SET amount_nanos = {} WHERE call_id = {}"
    if connection.dialect.name == "sqlite":
        file = _file(connection)
        with counted(file, [call_id for call_id, _ in amounts]):
            file.executemany(statement.format("?", "?"), [(amount, call_id) for call_id, amount in amounts])
    else:
        for call_id, amount in amounts:
            connection.exec_driver_sql(statement.format("%s", "%s"), (amount, call_id))


def fill(connection: "sqlalchemy.Connection") -> None:
    """Count a log that was not counted yet."""
    if connection.dialect.name == "sqlite":
        for statement in (_keys_in_sqlite(""), _facts_in_sqlite(1, "")):
            connection.exec_driver_sql(statement)
    else:
        connection.exec_driver_sql(_append_in_postgres(_facts_in_postgres("calls", 1)))
    fold(connection)


def functions() -> Iterator[str]:
    """What the triggers of PostgreSQL call, to make or to replace: statements for a revision."""
    changed = f"{_facts_in_postgres('removed', -1)} UNION ALL {_facts_in_postgres('added', 1)}"
    for name, facts in (("added", _facts_in_postgres("added", 1)), ("changed", changed)):
        yield (
            f"CREATE OR REPLACE FUNCTION waystation_usage_{name}() RETURNS trigger LANGUAGE plpgsql AS"
            f" $$ BEGIN {_append_in_postgres(facts)}; RETURN NULL; END $$"
        )


def triggers() -> Iterator[str]:
    """What appends to `usage_pending` on PostgreSQL: statements for a revision."""
    yield from functions()
    yield (
        "CREATE TRIGGER usage_added AFTER INSERT ON calls REFERENCING NEW TABLE AS added"
        " FOR EACH STATEMENT EXECUTE FUNCTION waystation_usage_added()"
    )
    yield (
        "CREATE TRIGGER usage_changed AFTER UPDATE ON calls REFERENCING OLD TABLE AS removed NEW TABLE AS added"
        " FOR EACH STATEMENT EXECUTE FUNCTION waystation_usage_changed()"
    )


_NAMES: Final = ", ".join(DIMENSIONS)
_SAME: Final = " AND ".join(f"k.{name} = f.{name}" for name in DIMENSIONS)
_APPEND: Final = f"INSERT INTO usage_pending ({', '.join(PENDING)})"


def _file(connection: "sqlalchemy.Connection") -> sqlite3.Connection:
    file = connection.connection.driver_connection
    assert isinstance(file, sqlite3.Connection)
    return file


def _of_record(path: str) -> str:
    return f"json_extract(record, '$.{path}')"


def _dimensions_in_sqlite() -> str:
    found = [name if name in _LOGGED else _of_record(name) for name in DIMENSIONS]
    currency = DIMENSIONS.index("currency")
    found[currency] = f"CASE WHEN {_of_record('usage')} IS NOT NULL OR amount_nanos <> 0 THEN {found[currency]} END"
    return ", ".join(f"coalesce({value}, '') AS {name}" for value, name in zip(found, DIMENSIONS, strict=True))


def _keys_in_sqlite(where: str) -> str:
    keys = f"SELECT DISTINCT {_dimensions_in_sqlite()} FROM calls {where or 'WHERE true'}"  # noqa: S608 - constants
    return f"INSERT INTO usage_keys ({_NAMES}) {keys} ON CONFLICT ({_NAMES}) DO NOTHING"


def _facts_in_sqlite(sign: int, where: str) -> str:
    first = _of_record("time_to_first_chunk_ms")
    sums = [*(_of_record(f"usage.{name}") for name in COUNTS), "amount_nanos", _of_record("cost_nanos")]
    sums += [_of_record("estimated"), _of_record("duration_ms"), f"{first} IS NOT NULL", first]
    hour = "CAST(at / 3600 AS INTEGER) * 3600 AS hour"
    day = f"CAST((at + coalesce({_of_record('utc_offset_s')}, 0)) / 86400 AS INTEGER) * 86400 AS day"
    facts = f"SELECT {hour}, {day}, {_dimensions_in_sqlite()}, {_signed(sums, sign)} FROM calls {where}"  # noqa: S608 - constants
    # CROSS: the facts are the outer loop.
    return (
        f"{_APPEND} SELECT hour, day, k.id, {sign}, {', '.join(SUMS)}, {_durations(sign)}"  # noqa: S608 - constants
        f" FROM ({facts}) AS f CROSS JOIN usage_keys AS k ON {_SAME}"
    )


def _facts_in_postgres(table: str, sign: int) -> str:
    """The name of a tool may hold a NUL, which jsonb does not know."""
    found = {name: f"{'c' if name in _LOGGED else 'r'}.{name}" for name in DIMENSIONS}
    found["currency"] = "CASE WHEN r.usage IS NOT NULL OR c.amount_nanos <> 0 THEN r.currency END"
    dimensions = ", ".join(f"coalesce({value}, '') AS {name}" for name, value in found.items())
    sums = [*(f"u.{name}" for name in COUNTS), "c.amount_nanos", "r.cost_nanos", "r.estimated::int", "r.duration_ms"]
    sums += ["(r.time_to_first_chunk_ms IS NOT NULL)::int", "r.time_to_first_chunk_ms"]
    texts = ", ".join(f"{name} text" for name in DIMENSIONS if name not in _LOGGED)
    counts = ", ".join(f"{name} bigint" for name in COUNTS)
    hour = "floor(c.at / 3600)::bigint * 3600 AS hour"
    day = "floor((c.at + coalesce(r.utc_offset_s, 0)) / 86400)::bigint * 86400 AS day"
    return (
        f"SELECT {hour}, {day}, {sign} AS calls, {dimensions}, {_signed(sums, sign)}"  # noqa: S608 - constants
        rf" FROM {table} AS c CROSS JOIN LATERAL jsonb_to_record(replace(c.record, '\u0000', '\ufffd')::jsonb) AS r("
        f"{texts}, usage jsonb, cost_nanos bigint, estimated boolean, duration_ms bigint,"
        " time_to_first_chunk_ms bigint, utc_offset_s int)"
        f" CROSS JOIN LATERAL jsonb_to_record(coalesce(r.usage, '{{}}')) AS u({counts})"
    )


def _append_in_postgres(facts: str) -> str:
    """One statement, which reads each record once. A key that another writer is just making is waited for."""
    measures = f"f.calls, {', '.join(f'f.{name}' for name in SUMS)}"
    sums = ", ".join(f"sum({name})" for name in PENDING[3:])
    return (
        f"WITH facts AS MATERIALIZED ({facts}),"  # noqa: S608 - constants
        f" found AS MATERIALIZED (SELECT f.*, k.id AS key_id FROM facts AS f LEFT JOIN usage_keys AS k ON {_SAME}),"
        f" made AS (INSERT INTO usage_keys ({_NAMES})"
        f" SELECT DISTINCT {_NAMES} FROM found WHERE key_id IS NULL ORDER BY {_NAMES}"
        f" ON CONFLICT ({_NAMES}) DO UPDATE SET token_id = excluded.token_id RETURNING id, {_NAMES}),"
        f" keyed AS (SELECT f.hour, f.day, f.key_id, {measures} FROM found AS f WHERE f.key_id IS NOT NULL"
        f" UNION ALL SELECT f.hour, f.day, k.id, {measures} FROM found AS f JOIN made AS k ON {_SAME}"
        " WHERE f.key_id IS NULL),"
        f" spread AS (SELECT *, {_durations('calls')} FROM keyed)"
        f" {_APPEND} SELECT hour, day, key_id, {sums} FROM spread GROUP BY 1, 2, 3"
    )


def _signed(sums: Sequence[str], sign: int) -> str:
    return ", ".join(f"{sign} * coalesce({value}, 0) AS {name}" for value, name in zip(sums, SUMS, strict=True))


def _durations(calls: int | str) -> str:
    """In which bucket so many calls are, which lasted alike."""
    bounds = pairwise((0, *DURATIONS_MS, None))
    within = [
        f"abs(duration_ms) >= {least}" + (f" AND abs(duration_ms) < {end}" if end else "") for least, end in bounds
    ]
    return ", ".join(
        f"CASE WHEN {test} THEN {calls} ELSE 0 END AS {name}" for test, name in zip(within, DURATIONS, strict=True)
    )


def _add_to(table: str, time: str, source: str) -> str:
    """In the order of the key. A row may come to nothing, and stays."""
    names = (*SUMS, *DURATIONS)
    sums = ", ".join(f"nullif(sum({name}), 0)" for name in names)
    adding = ", ".join(
        f"{name} = nullif(coalesce({table}.{name}, 0) + coalesce(excluded.{name}, 0), 0)" for name in names
    )
    return (
        f"INSERT INTO {table} ({time}, key_id, calls, {', '.join(names)})"  # noqa: S608 - constants
        f" SELECT {time}, key_id, sum(calls), {sums} FROM {source} GROUP BY 1, 2 ORDER BY 1, 2"
        f" ON CONFLICT ({time}, key_id) DO UPDATE SET calls = {table}.calls + excluded.calls, {adding}"
    )


def _add_all(source: str) -> tuple[str, str]:
    return (
        _add_to("usage_hours", "hour", source),
        _add_to("usage_days", "day", source),
    )


def _fold_at_once() -> str:
    """One statement, for PostgreSQL: others append meanwhile."""
    hours, days = _add_all("taken")
    return f"WITH taken AS (DELETE FROM usage_pending RETURNING *), by_hour AS ({hours}) {days}"  # noqa: S608 - constants


_OF_CALLS: Final = "WHERE call_id IN (SELECT value FROM json_each(?))"
_TAKE_OFF: Final = _facts_in_sqlite(-1, _OF_CALLS)
_ADD_KEYS: Final = _keys_in_sqlite(_OF_CALLS)
_ADD: Final = _facts_in_sqlite(1, _OF_CALLS)
_FOLD: Final = (*_add_all("usage_pending"), "DELETE FROM usage_pending")
_FOLD_AT_ONCE: Final = _fold_at_once()
