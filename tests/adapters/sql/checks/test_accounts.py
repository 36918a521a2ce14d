"""Accounts against their postings, holds and lots."""

from tests.adapters.sql.books import ORG, Books, check, named, tamper
from waystation.ledger.errand import Gift
from waystation.wire.usage import Usage


def test_gifts_are_part_of_what_is_in_the_wallet(books: Books) -> None:
    books.book(Gift(organization_id=ORG, amount_nanos=50, currency="USD"))
    tamper(books, "UPDATE lot_marks SET debits = 0")
    books.call(Usage(input_tokens=30, output_tokens=0))
    assert check(books).passed
    tamper(books, "UPDATE lot_marks SET debits = 30")
    assert named(books) == {"gifts"}


def test_a_wallet_below_zero_is_named_and_a_budget_noted(books: Books) -> None:
    books.top_up(100)
    window = books.window("bud_1", 100)
    books.call(windows=(window,))
    tamper(books, "UPDATE accounts SET slack = -100 WHERE kind = 'wallet'")
    tamper(books, "UPDATE accounts SET credits_posted = 1 WHERE kind = 'budget'")
    report = check(books)
    assert {difference.check for difference in report.differences} == {"overdrawn"}
    assert any("past its amount" in note for note in report.notes)
