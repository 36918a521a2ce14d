"""Gifts are used first, and what is left of them is taken back when they expire."""

from tests.adapters.sql.books import NOW, ORG, Books
from waystation.adapters.sql.office import expire_gifts
from waystation.ledger.errand import Booked, CreditLine, Gift, Refund
from waystation.wire.usage import Usage


def give(books: Books, amount: int, after_s: float | None = 100) -> Booked:
    expires_at = None if after_s is None else books.at + after_s
    return books.book(Gift(organization_id=ORG, amount_nanos=amount, currency="USD", expires_at=expires_at))


def spend(books: Books, amount: int) -> None:
    books.call(Usage(input_tokens=amount, output_tokens=0))


def test_what_is_left_of_a_gift_is_taken_back_once(books: Books) -> None:
    books.top_up(100)
    gift = give(books, 50)
    spend(books, 20)
    assert expire_gifts(books.database, NOW + 99) == 0
    assert expire_gifts(books.database, NOW + 100) == 1
    assert expire_gifts(books.database, NOW + 101) == 0
    (posting,) = books.postings("gift_expired")
    assert (posting.amount, posting.memo) == (30, f'{{"gift":{gift.posting_id}}}')
    assert books.wallet().available == 100
    assert books.account("system", "gifts").credits_posted == 30


def test_the_gift_that_expires_first_is_used_first(books: Books) -> None:
    give(books, 50, None)
    give(books, 50, 200)
    give(books, 50, 100)
    spend(books, 70)
    assert expire_gifts(books.database, NOW + 100) == 0
    assert expire_gifts(books.database, NOW + 200) == 1
    assert books.wallet().available == 50


def test_what_was_spent_before_is_not_the_gifts_to_pay(books: Books) -> None:
    books.top_up(100)
    spend(books, 60)
    give(books, 50)
    assert expire_gifts(books.database, NOW + 100) == 1
    assert books.wallet().available == 40


def test_a_refund_leaves_the_gift_alone(books: Books) -> None:
    books.top_up(100)
    give(books, 50)
    books.book(Refund(organization_id=ORG, amount_nanos=100, currency="USD"))
    spend(books, 10)
    expire_gifts(books.database, NOW + 100)
    assert books.wallet().available == 0
    assert books.postings("gift_expired")[0].amount == 40


def test_what_holds_keep_is_taken_back_later(books: Books) -> None:
    give(books, 50)
    books.hold(30)
    assert expire_gifts(books.database, NOW + 100) == 1
    assert books.wallet().available == 0
    assert expire_gifts(books.database, NOW + 101) == 0
    books.drop_hold()
    assert expire_gifts(books.database, NOW + 102) == 1
    assert [posting.amount for posting in books.postings("gift_expired")] == [20, 30]


def test_a_gift_pays_what_a_credit_line_lent_first(books: Books) -> None:
    books.book(CreditLine(organization_id=ORG, amount_nanos=100, currency="USD"))
    spend(books, 20)
    give(books, 50)
    expire_gifts(books.database, NOW + 100)
    assert books.postings("gift_expired")[0].amount == 30
    assert books.wallet().available == 100
