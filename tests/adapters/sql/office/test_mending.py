"""Records follow corrections, also when only one of two files was written."""

import sqlite3

import asyncpg
from sqlalchemy import Connection, update

from tests.adapters.sql.books import NOW, ORG, Books
from waystation.adapters.postgres import rebuild as postgres_rebuild
from waystation.adapters.sql.office import mend_records
from waystation.adapters.sql.office.mending import SETTLED_S, mend
from waystation.adapters.sql.tables.calls import calls
from waystation.adapters.sqlite import rebuild as sqlite_rebuild
from waystation.ledger.errand import Correction


def forget(books: Books) -> None:
    with books.database.writing("calls") as connection:
        connection.execute(update(calls).values(amount_nanos=40))


def test_a_record_that_did_not_follow_is_mended(books: Books) -> None:
    books.top_up(1_000)
    posting_id, record = books.call()
    books.book(Correction(organization_id=ORG, posting_id=posting_id, due_nanos=10))
    forget(books)
    assert mend_records(books.database, NOW + 1) == 1
    assert books.amount_of(record.call_id) == 10


def test_old_corrections_are_not_looked_at_again(books: Books) -> None:
    books.top_up(1_000)
    assert mend_records(books.database, NOW) == 0
    posting_id, record = books.call()
    books.book(Correction(organization_id=ORG, posting_id=posting_id, due_nanos=10))
    assert mend_records(books.database, NOW + SETTLED_S) == 1
    forget(books)
    assert mend_records(books.database, NOW + SETTLED_S) == 0
    books.at += SETTLED_S
    books.book(Correction(organization_id=ORG, posting_id=posting_id, due_nanos=11))
    assert mend_records(books.database, books.at + SETTLED_S) == 1
    assert books.amount_of(record.call_id) == 11


def test_postings_of_no_call_need_no_mending(books: Books) -> None:
    first = books.top_up(1_000).posting_id
    assert first is not None
    mend(books.database, [first])


async def test_a_record_that_is_rebuilt_follows_the_corrections(books: Books) -> None:
    books.top_up(1_000)
    posting_id, record = books.call(recorded=False)
    books.book(Correction(organization_id=ORG, posting_id=posting_id, due_nanos=10))
    if books.database.dialect == "sqlite":
        with books.database.writing() as ledger, books.database.writing("calls") as log:
            log.exec_driver_sql("COMMIT")  # it begins its own
            sqlite_rebuild.catch_up(_driver(ledger), _driver(log))
            log.exec_driver_sql("BEGIN")
    else:
        connection = await asyncpg.connect(_url(books))
        await postgres_rebuild.catch_up(connection, up_to=await postgres_rebuild.safe_posting(connection))
        await connection.close()
    assert books.amount_of(record.call_id) == 10


def _driver(connection: Connection) -> sqlite3.Connection:
    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)
    return driver


def _url(books: Books) -> str:
    with books.database.reading() as connection:
        return connection.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
