"""Postings and call records say the same."""

from sqlalchemy import text

from tests.adapters.sql.books import ORG, Books, check, fill, named, tamper
from waystation.ledger.errand import Correction
from waystation.wire.usage import Usage


def test_records_must_say_what_was_posted(books: Books) -> None:
    fill(books)
    with books.database.writing("calls") as connection:
        connection.execute(text("UPDATE calls SET amount_nanos = 1 WHERE call_id = 'call_000001'"))
        connection.execute(text("DELETE FROM calls WHERE call_id = 'call_000002'"))
        connection.execute(text("UPDATE calls SET call_id = 'call_other' WHERE call_id = 'call_000003'"))
        connection.execute(text("UPDATE watermark SET posting_id = 999"))
    assert named(books) == {"record", "record missing", "posting missing"}


def test_the_last_records_may_be_on_their_way(books: Books) -> None:
    books.top_up(1_000)
    books.call(recorded=False)
    report = check(books)
    assert report.passed
    assert "1 postings have no call record yet" in report.notes[0]


def test_a_bill_is_made_once(books: Books) -> None:
    books.top_up(1_000)
    books.call()
    tamper(books, "UPDATE postings SET call_id = 'call_000001' WHERE kind = 'topup'")
    assert named(books) == {"billed twice"}


def test_a_correction_below_nothing_is_named(books: Books) -> None:
    books.top_up(1_000)
    posting_id, _ = books.call(Usage(input_tokens=10, output_tokens=0))
    books.call(Usage(input_tokens=10, output_tokens=0))
    books.book(Correction(organization_id=ORG, posting_id=posting_id, due_nanos=0))
    tamper(books, "UPDATE postings SET amount = 9 WHERE kind = 'usage'")
    assert "correction" in named(books)


def test_records_that_retention_deleted_are_not_missed(books: Books) -> None:
    fill(books)
    with books.database.writing("calls") as connection:
        connection.execute(text("DELETE FROM calls"))
        connection.execute(text("UPDATE watermark SET posting_id = 999"))
    assert named(books) == {"record missing"}
    with books.database.writing("calls") as connection:
        connection.execute(text("UPDATE watermark SET kept_since = 1e11"))
    assert check(books).passed
