"""Closed months stay as they were given."""

from hashlib import sha256

from sqlalchemy import update

from tests.adapters.sql.books import MONTH, NOW, Books, check, fill, named
from waystation.adapters.sql import closings
from waystation.adapters.sql.tables.office import closings as closed


def test_months_go_on_from_each_other(books: Books) -> None:
    fill(books)
    closings.close(books.database, "2026-10", at=NOW + 2 * MONTH, by="ann")
    assert check(books).passed
    with books.database.writing() as connection:
        row = connection.execute(closed.select().where(closed.c.month == "2026-10")).one()
        wrong = row.figures.replace('"opening":', '"opening":1')
        connection.execute(
            update(closed)
            .where(closed.c.month == "2026-10")
            .values(figures=wrong, digest=sha256(wrong.encode()).hexdigest())
        )
    assert named(books) == {"closed month"}
