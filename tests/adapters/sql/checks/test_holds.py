"""Each hold ends once, and in time."""

from tests.adapters.sql.books import NOW, Books, named, tamper


def test_a_hold_ends_once_and_in_time(books: Books) -> None:
    books.top_up(1_000)
    books.hold(40, id_="hold_call_000001", expires_at=NOW)
    books.call()
    assert named(books) == {"hold ended twice"}
    assert named(books, now=NOW + 61, served=True) == {"hold ended twice", "hold overdue"}
    assert named(books, now=NOW + 60, served=True) == {"hold ended twice"}


def test_a_bill_that_says_that_it_is_late_may_follow_an_expiry(books: Books) -> None:
    books.top_up(1_000)
    books.call()
    with books.database.writing() as connection:
        connection.exec_driver_sql(
            "INSERT INTO releases VALUES ('hold_call_000001', 'tok_1', 40, '[]', 1, 'expired', 2)"
        )
    assert named(books) == {"hold ended twice"}
    tamper(books, """UPDATE postings SET marks = '["late"]' WHERE call_id = 'call_000001'""")
    assert named(books) == set()
    tamper(books, "UPDATE releases SET reason = 'voided'")
    assert named(books) == {"hold ended twice"}
