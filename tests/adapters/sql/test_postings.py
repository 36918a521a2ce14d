"""Postings are read by the page."""

import pytest

from tests.adapters.sql.books import Books
from waystation.adapters.sql import postings
from waystation.adapters.sql.postings import newest, scan
from waystation.adapters.sql.tables.ledger import postings as table


@pytest.mark.parametrize("page", [1, 2, 3, 100])
def test_pages_join_without_a_gap(books: Books, monkeypatch: pytest.MonkeyPatch, page: int) -> None:
    monkeypatch.setattr(postings, "PAGE", page)
    for _ in range(6):
        books.top_up(1)
    with books.database.reading() as connection:
        assert [row.id for row in scan(connection, (table.c.id,), after=1, through=5)] == [2, 3, 4, 5]
        assert [row.id for row in scan(connection, (table.c.id,), after=0, where=(table.c.id > 4,))] == [5, 6]
        assert newest(connection) == 6


def test_nothing_is_read_of_nothing(books: Books) -> None:
    with books.database.reading() as connection:
        assert list(scan(connection, (table.c.id,), after=0)) == []
        assert newest(connection) == 0
