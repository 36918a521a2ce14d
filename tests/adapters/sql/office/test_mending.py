"""Records follow corrections, also when only one of two files was written."""

from sqlalchemy import update

from tests.adapters.sql.books import NOW, ORG, Books
from waystation.adapters.sql.office import mend_records
from waystation.adapters.sql.office.mending import SETTLED_S, mend
from waystation.adapters.sql.tables.calls import calls
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
