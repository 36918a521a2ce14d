"""Credit lines."""

import pytest
from sqlalchemy import select

from tests.adapters.sql.books import NOW, ORG, Books
from waystation.adapters.sql.tables.office import credit_lines
from waystation.ledger.errand import CreditLine, Memo
from waystation.wire.errors import NotBooked
from waystation.wire.usage import Usage


def line(amount: int) -> CreditLine:
    return CreditLine(organization_id=ORG, amount_nanos=amount, currency="USD", memo=Memo(by="ann"))


def test_a_credit_line_lets_a_wallet_go_below_zero(books: Books) -> None:
    booked = books.book(line(100))
    assert (booked.posting_id, booked.available_nanos) == (None, 100)
    books.call(Usage(input_tokens=60, output_tokens=0))
    assert books.wallet().available == 40


def test_it_is_not_lowered_below_what_is_used_or_held(books: Books) -> None:
    books.book(line(100))
    books.call(Usage(input_tokens=60, output_tokens=0))
    books.hold(20)
    with pytest.raises(NotBooked, match=r"0\.00000008 USD of the credit line"):
        books.book(line(79))
    assert books.book(line(80)).available_nanos == 0


def test_each_line_is_kept_with_who_set_it(books: Books) -> None:
    books.book(line(100))
    books.book(line(0))
    with books.database.reading() as connection:
        kept = connection.execute(select(credit_lines).order_by(credit_lines.c.id)).fetchall()
    assert [(row.amount, row.at, row.memo) for row in kept] == [(100, NOW, '{"by":"ann"}'), (0, NOW, '{"by":"ann"}')]
