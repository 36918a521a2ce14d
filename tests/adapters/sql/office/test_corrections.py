"""Corrections: the difference is booked, the budgets and the call record follow."""

import pytest

from tests.adapters.sql.books import ORG, Books
from waystation.ledger.errand import Booked, Correction, Gift, Refund
from waystation.wire.errors import NotBooked
from waystation.wire.usage import Usage


def correct(books: Books, posting_id: int | None, due: int) -> Booked:
    assert posting_id is not None
    return books.book(Correction(organization_id=ORG, posting_id=posting_id, due_nanos=due))


def test_an_estimate_that_was_too_high_comes_back(books: Books) -> None:
    books.top_up(1_000)
    books.budget("bud_1", 500)
    window = books.window("bud_1", 500)
    posting_id, record = books.call(Usage(input_tokens=100, output_tokens=0), windows=(window,), estimated=True)
    booked = correct(books, posting_id, 70)
    assert (booked.kind, booked.amount_nanos, booked.available_nanos) == ("correction", 30, 930)
    assert books.account("budget", "bud_1").debits_posted == 70
    assert books.amount_of(record.call_id) == 70
    (posting,) = books.postings("correction")
    assert (posting.corrects, posting.chain, posting.call_id) == (posting_id, f"[{window}]", None)


def test_one_that_was_too_low_is_charged_as_far_as_there_is_money(books: Books) -> None:
    books.top_up(100)
    window = books.window("bud_1", 110)
    posting_id, record = books.call(Usage(input_tokens=80, output_tokens=0), windows=(window,))
    with pytest.raises(NotBooked, match=r"has 0\.00000002 USD left, and 0\.000000021 USD more are due: top it up"):
        correct(books, posting_id, 101)
    assert correct(books, posting_id, 100).available_nanos == 0
    assert books.account("budget", "bud_1").debits_posted == 100
    assert books.amount_of(record.call_id) == 100


def test_the_next_correction_goes_on_from_the_last(books: Books) -> None:
    books.top_up(1_000)
    posting_id, record = books.call(Usage(input_tokens=100, output_tokens=0))
    correct(books, posting_id, 0)
    assert correct(books, posting_id, 0) == Booked(
        posting_id=None, kind="correction", amount_nanos=0, currency="USD", available_nanos=1_000
    )
    assert correct(books, posting_id, 40).amount_nanos == 40
    assert correct(books, posting_id, 50).amount_nanos == 10
    assert books.wallet().available == 950
    assert books.amount_of(record.call_id) == 50


def test_a_top_up_of_the_wrong_amount_is_put_right(books: Books) -> None:
    first = books.top_up(1_000)
    assert correct(books, first.posting_id, 100).available_nanos == 100
    assert correct(books, first.posting_id, 150).available_nanos == 150
    books.book(Gift(organization_id=ORG, amount_nanos=500, currency="USD"))
    books.call(Usage(input_tokens=510, output_tokens=0))
    with pytest.raises(NotBooked, match="can't give"):
        correct(books, first.posting_id, 9)
    assert correct(books, first.posting_id, 10).available_nanos == 0


def test_a_refund_is_put_right(books: Books) -> None:
    books.top_up(100)
    refund = books.book(Refund(organization_id=ORG, amount_nanos=60, currency="USD"))
    assert correct(books, refund.posting_id, 20).available_nanos == 80
    assert correct(books, refund.posting_id, 30).available_nanos == 70


def test_only_some_kinds_and_only_ones_own_are_corrected(books: Books) -> None:
    books.set_up(name="other", id_="org_2")
    gift = books.book(Gift(organization_id=ORG, amount_nanos=5, currency="USD"))
    other = books.top_up(5, id_="org_2")
    with pytest.raises(NotBooked, match="is 'gift': only usage, estimated, topup, refund are corrected"):
        correct(books, gift.posting_id, 1)
    with pytest.raises(NotBooked, match="is not one of 'org_1'"):
        correct(books, other.posting_id, 1)
