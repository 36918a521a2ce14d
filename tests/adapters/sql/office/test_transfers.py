"""Transfers between budgets."""

from typing import Any

import pytest

from tests.adapters.sql.books import NOW, ORG, Books
from waystation.ledger.errand import Booked, Transfer
from waystation.wire.errors import NotBooked


@pytest.fixture
def with_budgets(books: Books) -> Books:
    books.node("dep_1", "department")
    books.node("dep_2", "department")
    books.budget("bud_1", 100, ("department", "dep_1"))
    books.budget("bud_2", 100, ("department", "dep_2"))
    return books


def move(books: Books, amount: int, **changed: Any) -> Booked:
    order: dict[str, Any] = {
        "organization_id": ORG,
        "from_budget": "bud_1",
        "to_budget": "bud_2",
        "amount_nanos": amount,
    } | changed
    return books.book(Transfer(**order))


def test_what_one_gives_the_other_has(with_budgets: Books) -> None:
    assert move(with_budgets, 30).available_nanos == 70
    assert with_budgets.account("budget", "bud_1").available == 70
    assert with_budgets.account("budget", "bud_2").available == 130


def test_nobody_gives_more_than_is_left(with_budgets: Books) -> None:
    move(with_budgets, 30)
    with pytest.raises(NotBooked, match=r"has 0\.00000007 USD left to give"):
        move(with_budgets, 71)


def test_a_soft_budget_gives_no_more_than_its_amount(with_budgets: Books) -> None:
    with_budgets.budget("bud_soft", 50, ("department", "dep_1"), hard=0)
    with pytest.raises(NotBooked, match="left to give"):
        move(with_budgets, 51, from_budget="bud_soft")
    assert move(with_budgets, 50, from_budget="bud_soft").available_nanos > 0


def test_budgets_that_do_not_belong_together_are_refused(with_budgets: Books) -> None:
    with_budgets.set_up(name="other", id_="org_2")
    with_budgets.budget("bud_other", 100, ("organization", "org_2"))
    with_budgets.budget("bud_euro", 100, ("department", "dep_2"), currency="EUR")
    with_budgets.budget("bud_gone", 100, ("department", "dep_2"), removed_at=1)
    with_budgets.budget(
        "bud_over", 100, ("department", "dep_2"), period="custom", starts_on="2026-01-01", ends_on="2026-01-31"
    )
    for wrong, why in {
        "bud_1": "can't give to itself",
        "bud_other": "has no budget 'bud_other'",
        "bud_euro": "the other in EUR",
        "bud_gone": "has no budget",
        "bud_none": "has no budget",
        "bud_over": "no window that is open now",
    }.items():
        with pytest.raises(NotBooked, match=why):
            move(with_budgets, 1, to_budget=wrong)


def test_the_window_that_is_open_is_meant(with_budgets: Books) -> None:
    with_budgets.budget("bud_month", 10, ("department", "dep_2"), period="month")
    move(with_budgets, 5, to_budget="bud_month")
    with_budgets.at = NOW + 40 * 86_400
    move(with_budgets, 7, to_budget="bud_month")
    assert [posting.credit_account for posting in with_budgets.postings("transfer")] != []
    first, second = with_budgets.postings("transfer")
    assert first.credit_account != second.credit_account
