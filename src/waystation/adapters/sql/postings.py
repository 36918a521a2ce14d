"""Reading postings by the page: of ten million, a page is in memory."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from sqlalchemy import Column, ColumnElement, Connection, func, select

from waystation.adapters.sql.tables.ledger import postings
from waystation.adapters.sql.types import AnyRow

PAGE: Final = 2_000


def scan(
    connection: Connection,
    columns: Sequence[Column[Any]],
    *,
    after: int,
    through: int | None = None,
    where: Sequence[ColumnElement[bool]] = (),
) -> Iterator[AnyRow]:
    """Rows in order of their ids; the first column must be the id.

    A driver may keep a whole result in memory, as pg8000 does, so each page is a query of its own.
    """
    bounds = () if through is None else (postings.c.id <= through,)
    while True:
        query = select(*columns).where(postings.c.id > after, *bounds, *where).order_by(postings.c.id).limit(PAGE)
        rows = connection.execute(query).fetchall()
        yield from rows
        if len(rows) < PAGE:
            return
        after = rows[-1][0]


def newest(connection: Connection) -> int:
    """The highest id that can be seen, 0 if there is none."""
    return int(connection.execute(select(func.coalesce(func.max(postings.c.id), 0))).scalar_one())
