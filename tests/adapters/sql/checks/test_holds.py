"""Each hold ends once, and in time."""

from tests.adapters.sql.books import NOW, Books, named


def test_a_hold_ends_once_and_in_time(books: Books) -> None:
    books.top_up(1_000)
    books.hold(40, id_="hold_call_000001", expires_at=NOW)
    books.call()
    assert named(books) == {"hold ended twice"}
    assert named(books, now=NOW + 61, served=True) == {"hold ended twice", "hold overdue"}
    assert named(books, now=NOW + 60, served=True) == {"hold ended twice"}
