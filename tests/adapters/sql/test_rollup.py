from typing import Any

import pytest
from sqlalchemy import text

from tests.adapters.sql.logged import a_call, log, rolled
from tests.adapters.sqlite.test_records import FULL
from tests.contract.store import NOW
from waystation.adapters.sql.engine import Database
from waystation.adapters.sql.rollup import COUNTS, DIMENSIONS, DURATIONS, FOLDING, SUMS, amend, fill, fold
from waystation.wire.loss import Loss
from waystation.wire.usage import Usage

HOUR = NOW // 3600 * 3600

USAGES = [
    None,
    Usage(),
    Usage(input_tokens=5),
    Usage(input_tokens=100, output_tokens=20, cache_read_input_tokens=40, reasoning_output_tokens=0),
    Usage(input_tokens=9, output_tokens=8, audio_input_tokens=7, images=2, searches=3, seconds=4),
]


def some_calls() -> list[Any]:
    """Thirty, of which no two of a key have the same facts."""
    return [
        a_call(
            number,
            at=HOUR + number * 300,
            token_id=f"tok_{number % 2}",
            upstream=(None, "main")[number % 2],
            project_id=(None, "proj_1")[number % 3 == 0],
            usage=USAGES[number % 5],
            amount_nanos=10**number % 10**15,
            cost_nanos=(None, 7)[number % 2],
            cost_currency=(None, "CNY")[number % 2],
            estimated=number % 7 == 0,
            duration_ms=number**4,
            time_to_first_chunk_ms=(None, 0, 12)[number % 3],
        )
        for number in range(30)
    ]


def all_sums(database: Database) -> list[tuple[Any, ...]]:
    """Everything that is counted; none and 0 are the same."""
    rows = rolled(database, "calls", *SUMS, *DURATIONS, by=DIMENSIONS)
    return [tuple(value or 0 for value in row) for row in rows]


def run(database: Database, statement: str) -> None:
    with database.writing("calls") as connection:
        connection.execute(text(statement))


def test_every_measure_is_counted(database: Database) -> None:
    log(database, some_calls())
    (row,) = rolled(database, "calls", *SUMS)
    sums = dict(zip(("calls", *SUMS), row, strict=True))
    expected = {
        "calls": 30,
        "input_tokens": 6 * (5 + 100 + 9),
        "output_tokens": 6 * (20 + 8),
        "cache_read_input_tokens": 240,
        "audio_input_tokens": 42,
        "images": 12,
        "searches": 18,
        "seconds": 24,
        "amount_nanos": sum(call.amount_nanos for call in some_calls()),
        "cost_nanos": 15 * 7,
        "estimated": 5,
        "duration_ms": sum(number**4 for number in range(30)),
        "first_chunks": 20,
        "first_chunk_ms": 120,
    }
    assert {name: value for name, value in sums.items() if value} == expected
    assert rolled(database, "calls", by=["hour", "project_id"])[:2] == [(HOUR, "", 8), (HOUR, "proj_1", 4)]


def test_durations_fall_into_their_buckets(database: Database) -> None:
    lasted = (0, 99, 100, 199, 1_999, 2_000, 99_999, 100_000, 10**9)
    log(database, [a_call(number, duration_ms=duration) for number, duration in enumerate(lasted)])
    (row,) = rolled(database, *DURATIONS)
    assert [value or 0 for value in row] == [2, 2, 0, 0, 1, 1, 0, 0, 0, 1, 2]


def test_folding_changes_no_sum(database: Database) -> None:
    log(database, some_calls())
    before = all_sums(database)
    for _ in range(2):
        with database.writing("calls") as connection:
            fold(connection)
            assert connection.exec_driver_sql("SELECT count(*) FROM usage_pending").scalar_one() == 0
            days = connection.exec_driver_sql("SELECT count(*), sum(calls) FROM usage_days").one()
            assert days[1] == 30
        assert all_sums(database) == before
    log(database, [a_call(99)])
    with database.writing("calls") as connection:
        fold(connection)
    assert rolled(database, "calls") == [(31,)]


def test_a_record_that_comes_again_counts_once(database: Database) -> None:
    first = a_call(1, amount_nanos=5, duration_ms=0)
    log(database, [first])
    with database.writing("calls") as connection:
        fold(connection)
    whole = a_call(1, amount_nanos=5, duration_ms=1500, upstream="main", usage=Usage(input_tokens=3, output_tokens=4))
    log(database, [whole, a_call(2)])
    assert rolled(database, "calls", "amount_nanos", "duration_ms", "input_tokens", by=["upstream"]) == [
        ("", 1, 0, 0, 0),
        ("main", 1, 5, 1500, 3),
    ]
    (row,) = rolled(database, *DURATIONS)
    assert [value or 0 for value in row] == [1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0]


def test_a_corrected_amount_counts_at_the_time_of_its_call(database: Database) -> None:
    log(database, [a_call(1, at=NOW - 86_400, amount_nanos=5, token_id="tok_1"), a_call(2, amount_nanos=7)])
    with database.writing("calls") as connection:
        fold(connection)
        amend(connection, [(a_call(1, at=NOW - 86_400).call_id, 3), ("call_unknown", 9)])
        assert connection.exec_driver_sql("SELECT sum(amount_nanos) FROM calls").scalar_one() == 10
    assert rolled(database, "calls", "amount_nanos", by=["hour"]) == [(HOUR - 86_400, 1, 3), (HOUR, 1, 7)]


def test_what_was_not_committed_is_not_counted(database: Database) -> None:
    log(database, [a_call(1, amount_nanos=5)])
    with database.writing("calls") as connection:
        amend(connection, [(a_call(1).call_id, 3)])
        connection.rollback()
    assert rolled(database, "amount_nanos") == [(5,)]


def test_deleting_records_leaves_the_sums_alone(database: Database) -> None:
    log(database, some_calls())
    before = all_sums(database)
    run(database, "DELETE FROM calls")
    assert all_sums(database) == before


def test_a_log_that_was_not_counted_comes_to_the_same(database: Database) -> None:
    log(database, [*some_calls(), FULL])
    counted = all_sums(database)
    for table in ("usage_hours", "usage_days", "usage_pending", "usage_keys"):
        run(database, f"DELETE FROM {table}")  # noqa: S608 - constants
    with database.writing("calls") as connection:
        fill(connection)
    assert all_sums(database) == counted


def test_a_name_that_jsonb_does_not_know_is_no_hindrance(database: Database) -> None:
    log(database, [a_call(1, losses=(Loss("tools[0].\0", "a NUL"), Loss("\\u0000", "its name"))), a_call(2)])
    assert rolled(database, "calls") == [(2,)]


def test_on_postgres_one_folds_at_a_time(database: Database) -> None:
    if database.dialect == "sqlite":
        pytest.skip("SQLite has one writer at all")
    log(database, [a_call(1)])
    with database.writing("calls") as other:
        other.exec_driver_sql(f"SELECT pg_advisory_xact_lock({FOLDING})")
        with database.writing("calls") as connection:
            fold(connection)
            assert connection.exec_driver_sql("SELECT count(*) FROM usage_pending").scalar_one() == 1


def test_the_words_are_those_of_usage() -> None:
    assert Usage.__struct_fields__[: len(COUNTS)] == COUNTS
