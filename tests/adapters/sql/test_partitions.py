from datetime import UTC, date, datetime

import pytest
import sqlalchemy
from sqlalchemy import Connection

from tests.adapters.sql.logged import a_call, log
from waystation.adapters.sql.engine import Database
from waystation.adapters.sql.partitions import drop_partitions, ends_of_months, id_at, make_partitions, next_month
from waystation.wire.errors import StoreUnavailable


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


@pytest.fixture
def database(database: Database) -> Database:
    if database.dialect == "sqlite":
        pytest.skip("SQLite's log has no partitions")
    return database


def counts(connection: Connection) -> dict[str, int]:
    rows = connection.exec_driver_sql("SELECT tableoid::regclass::text, count(*) FROM calls GROUP BY 1")
    return {partition: count for partition, count in rows}  # noqa: C416 - dict() of rows has no types


def test_each_month_has_its_own_and_other_ids_the_rest(database: Database) -> None:
    with database.writing("calls") as connection:
        made = make_partitions(connection, date(2026, 11, 30), date(2027, 1, 1))
    assert made == ["calls_2026_11", "calls_2026_12", "calls_2027_01"]
    moments = ("2026-11-01", "2026-11-30T23:59:59", "2026-12-01", "2027-02-01", "2026-10-31")
    log(database, [a_call(number, at=at(text)) for number, text in enumerate(moments)])
    with database.writing("calls") as connection:
        assert counts(connection) == {"calls_2026_11": 2, "calls_2026_12": 1, "calls_rest": 2}
        assert ends_of_months(connection) == [at("2026-12-01"), at("2027-01-01"), at("2027-02-01")]
        assert make_partitions(connection, date(2026, 11, 1), date(2027, 1, 31)) == []


def test_rows_that_waited_for_their_month_are_moved(database: Database) -> None:
    log(database, [a_call(1, at=at("2026-11-05")), a_call(2, at=at("2026-12-05"))])
    with database.writing("calls") as connection:
        make_partitions(connection, date(2026, 11, 1), date(2026, 11, 1))
        assert counts(connection) == {"calls_2026_11": 1, "calls_rest": 1}


def test_a_record_that_comes_again_finds_its_partition(database: Database) -> None:
    with database.writing("calls") as connection:
        make_partitions(connection, date(2026, 11, 1), date(2026, 11, 1))
    for _ in range(2):
        log(database, [a_call(1, at=at("2026-11-05"))])
    with database.writing("calls") as connection:
        assert counts(connection) == {"calls_2026_11": 1}


def test_months_that_are_over_go_as_a_whole(database: Database) -> None:
    with database.writing("calls") as connection:
        make_partitions(connection, date(2026, 10, 1), date(2026, 12, 1))
    log(database, [a_call(month, at=at(f"2026-{month}-05")) for month in (10, 11, 12)])
    with database.writing("calls") as connection:
        assert drop_partitions(connection, at("2026-12-01") - 1) == ["calls_2026_10"]
        assert drop_partitions(connection, at("2026-12-01")) == ["calls_2026_11"]
        assert drop_partitions(connection, at("2026-12-01")) == []
        assert counts(connection) == {"calls_2026_12": 1}


def test_a_lock_is_not_waited_for(database: Database) -> None:
    with database.writing("calls") as connection:
        make_partitions(connection, date(2026, 10, 1), date(2026, 10, 1))
    log(database, [a_call(1, at=at("2026-10-05"))])
    with database.writing("calls") as other:
        other.exec_driver_sql("UPDATE calls SET amount_nanos = 1")
        with pytest.raises((sqlalchemy.exc.DBAPIError, StoreUnavailable)), database.writing("calls") as connection:
            drop_partitions(connection, at("2027-01-01"))


def test_ids_and_months() -> None:
    assert id_at(1.5) == "call_000000005dc"
    assert [next_month(date(2026, 11, 1)), next_month(date(2026, 12, 1))] == [date(2026, 12, 1), date(2027, 1, 1)]
