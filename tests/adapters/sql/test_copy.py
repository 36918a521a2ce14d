from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Column, Connection, Double, LargeBinary, Text, insert, select

from rigs.postgres import Postgres
from tests.adapters.sql.bills import AT, bill, line, log, record
from tests.adapters.sql.books import Books, check, fill
from waystation.adapters.sql import bills
from waystation.adapters.sql.copy import TABLES, Compared, copy
from waystation.adapters.sql.engine import Database, of_files, of_url
from waystation.adapters.sql.migrate import migrate
from waystation.adapters.sql.partitions import id_at
from waystation.adapters.sql.reconcile import differences, reconcile
from waystation.adapters.sql.tables.calls import calls
from waystation.adapters.sql.tables.ledger import accounts
from waystation.adapters.sql.tables.reconcile import vendor_mappings
from waystation.adapters.sql.tables.responses import responses
from waystation.ledger.reconcile.words import Terms
from waystation.wire.errors import Misconfigured, StoreUnavailable

ODD = "驿站 tab\t newline\n back\\slash \\N"
WALLET = {"kind": "wallet", "owner_id": "org_1", "currency": "USD", "period": "total", "starts_at": 0}
TOTALS = {"credits_posted": 2**62, "debits_posted": 3, "debits_pending": 0, "slack": -1}


@pytest.fixture
def source(tmp_path: Path) -> Iterator[Database]:
    """Files with rows of every kind of value in them."""
    with closing(of_files(tmp_path)) as database:
        migrate(database)
        log(database, [record(number, at=AT + number / 7) for number in range(1, 3001)])
        bills.load(database, bill(file_name=ODD), [line(1), line(2, key=None, amount_nanos=-1)])
        reconcile(database, "bill_1", "run_1", Terms(), (None, None), at=1e16)
        with database.writing() as connection:
            connection.execute(insert(accounts).values(**WALLET, **TOTALS))
            connection.execute(insert(vendor_mappings).values(name="", body="{}", saved_at=-0.1))
        with database.writing("responses") as connection:
            row = {"organization_id": "org_1", "id": "resp_1", "token_id": "tok_1", "model": "m", "size": 3}
            times = {"created_at": 1e-7, "expires_at": 1.7e9}
            connection.execute(insert(responses).values(**row, **times, sealed=b"\x00\\\xff"))
        yield database


@pytest.fixture
def target(postgres: Postgres) -> Iterator[Database]:
    with closing(of_url(postgres.create("copied"))) as database:
        migrate(database)
        yield database
    postgres.drop("copied")


def fill_the_rest(database: Database) -> None:
    """A row in each table that has none: what there is in other tables, and a value of its type for the rest."""
    for schema, tables in TABLES.items():
        with database.writing(schema) as connection:
            for table in tables:
                if connection.execute(select(table).limit(1)).first() is None:
                    connection.execute(
                        insert(table).values({one.name: value(connection, one) for one in table.columns})
                    )


def value(connection: Connection, column: Column[Any]) -> object:
    if column.foreign_keys:
        (key,) = column.foreign_keys
        return connection.execute(select(key.column).limit(1)).scalar_one()
    if isinstance(column.type, LargeBinary):
        return bytes(range(32))
    if isinstance(column.type, Text):
        return {"kept_by": "cli", "period": "total", "budget_period": "total"}.get(column.name, ODD)
    return 0.1 if isinstance(column.type, Double) else 1


def test_every_table_is_copied(source: Database, target: Database) -> None:
    fill_the_rest(source)
    compared = copy(source, target)
    assert different(compared) == []
    assert [one.what for one in compared if one.target.startswith("0 rows")] == []
    assert {table.name for tables in TABLES.values() for table in tables} <= {one.what for one in compared}


def different(compared: list[Compared]) -> list[str]:
    return [one.what for one in compared if not one.same]


def test_every_table_is_the_same_afterwards(source: Database, target: Database) -> None:
    compared = copy(source, target)
    assert different(compared) == []
    told = {one.what: one.target for one in compared}
    assert told["calls"].startswith("3000 rows ")
    assert told["accounts wallet USD"] == f"{2**62} 3 0 -1"
    assert list(differences(target, "run_1")) == list(differences(source, "run_1"))
    with target.writing("responses") as connection:
        assert connection.execute(select(responses.c.sealed)).scalar_one() == b"\x00\\\xff"


def test_calls_come_into_the_partitions_of_their_months(source: Database, target: Database) -> None:
    log(source, [record(1, call_id=f"{id_at(AT)}00"), record(2, call_id=f"{id_at(AT + 86_400)}00", at=AT + 86_400)])
    copy(source, target)
    with target.reading() as connection:
        counts = [
            connection.exec_driver_sql(f"SELECT count(*) FROM {name}").scalar_one()  # noqa: S608 - constants
            for name in ("calls_2026_11", "calls_2026_12", "calls_rest")
        ]
    assert counts == [1, 1, 3000]


def test_calls_of_no_believable_time_are_copied_too(source: Database, target: Database) -> None:
    log(source, [record(9999, at=-1.0)])
    assert different(copy(source, target)) == []


def test_the_books_verify_on_the_copy(tmp_path: Path, target: Database) -> None:
    with closing(of_files(tmp_path)) as files:
        migrate(files)
        books = Books(files)
        books.set_up()
        fill(books)
        assert check(books).differences == []
        assert different(copy(files, target)) == []
    assert check(Books(target)).differences == []


def test_what_is_added_afterwards_comes_after_what_was_copied(source: Database, target: Database) -> None:
    copy(source, target)
    with target.writing() as connection:
        connection.execute(insert(accounts).values(**{**WALLET, "owner_id": "org_2"}, **TOTALS))
        assert list(connection.execute(select(accounts.c.id).order_by(accounts.c.id)).scalars()) == [1, 2]


def test_triggers_are_in_force_again_afterwards(source: Database, target: Database) -> None:
    copy(source, target)
    query = "SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal AND tgenabled = 'D'"
    with target.reading() as connection:
        assert connection.exec_driver_sql(query).scalar_one() == 0


def test_a_database_with_rows_is_refused(source: Database, target: Database) -> None:
    copy(source, target)
    with pytest.raises(Misconfigured, match="is not empty: there are rows in '"):
        copy(source, target)


def test_a_table_that_is_not_known_is_not_left_behind(source: Database, target: Database) -> None:
    with source.writing() as connection:
        connection.exec_driver_sql("CREATE TABLE of_tomorrow (id INTEGER)")
    with pytest.raises(
        Misconfigured, match="the ledger file has a table that this version does not know: 'of_tomorrow'"
    ):
        copy(source, target)


def test_what_postgresql_does_not_take_is_told_and_nothing_is_kept(source: Database, target: Database) -> None:
    log(source, [record(9999, request_model="nul\0")])
    with pytest.raises(Misconfigured, match="PostgreSQL does not take a row of 'calls': invalid byte sequence"):
        copy(source, target)
    with source.writing("calls") as connection:
        connection.execute(calls.delete().where(calls.c.call_id == "call_009999"))
    assert different(copy(source, target)) == []


def test_a_difference_is_told_and_nothing_is_kept(source: Database, target: Database) -> None:
    with target.writing() as connection:  # a column that keeps more than it was given
        connection.exec_driver_sql("ALTER TABLE accounts ALTER COLUMN slack TYPE numeric(30, 1)")
    assert different(copy(source, target)) == ["accounts"]
    with target.reading() as connection:
        assert connection.execute(select(accounts.c.id)).all() == []


def test_nobody_writes_to_the_files_meanwhile(source: Database, target: Database) -> None:
    with source.writing("calls"), pytest.raises(StoreUnavailable):
        copy(source, target)
