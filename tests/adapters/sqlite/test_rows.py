import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest

from waystation.adapters.sqlite.rows import CHUNK, values, write_rows


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        connection.execute("CREATE TABLE kept (one INTEGER PRIMARY KEY, other TEXT)")
        yield connection


def insert(count: int) -> str:
    return f"INSERT OR IGNORE INTO kept (one, other) {values(('one', 'other'), count)}"


@pytest.mark.parametrize("count", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK + 5])
def test_every_row_is_written_in_its_order(connection: sqlite3.Connection, count: int) -> None:
    rows = [(number, str(number)) for number in range(count)]
    assert write_rows(connection.execute, insert, rows) == count
    assert connection.execute("SELECT one, other FROM kept ORDER BY one").fetchall() == rows


def test_a_row_that_was_not_taken_is_not_counted(connection: sqlite3.Connection) -> None:
    write_rows(connection.execute, insert, [(CHUNK + 3, "first")])
    assert write_rows(connection.execute, insert, [(number, "later") for number in range(CHUNK * 2)]) == CHUNK * 2 - 1


def test_few_statements_write_many_rows(connection: sqlite3.Connection) -> None:
    statements: list[str] = []
    connection.set_trace_callback(statements.append)
    write_rows(connection.execute, insert, [(number, "") for number in range(CHUNK * 2 + 1)])
    assert len(statements) == 3


def test_there_is_a_place_for_each_value() -> None:
    assert values(("one", "other"), 2) == "VALUES (?, ?), (?, ?)"
