from waystation.ledger.budget import Window
from waystation.ledger.posting import Account
from waystation.ledger.spending import Spending, spending_of
from waystation.wire.catalogue import Budget

BUDGET = Budget(100, "USD", "month", "bud_1", thresholds=(50, 80, 100))
WINDOW = Window(1, 2)


def spent(nanos: int, *, held: int = 0, transferred: int = 0) -> Spending:
    account = Account(
        kind="budget",
        owner_id="bud_1",
        currency="USD",
        period="month",
        starts_at=1,
        credits_posted=100 + transferred,
        debits_posted=nanos,
        debits_pending=held,
    )
    return spending_of("organization:acme", BUDGET, WINDOW, (7, account))


def test_what_is_left_is_what_is_neither_spent_nor_held() -> None:
    found = spent(30, held=20, transferred=10)
    assert (found.limit_nanos, found.spent_nanos, found.held_nanos, found.left_nanos) == (110, 30, 20, 60)
    assert found.account_id == 7
    assert spent(130).left_nanos == -30


def test_a_window_that_no_call_has_opened_has_all_of_its_amount() -> None:
    for window in (WINDOW, None):
        found = spending_of("organization:acme", BUDGET, window, None)
        assert (found.limit_nanos, found.left_nanos, found.account_id, found.passed()) == (100, 100, None, ())


def test_thresholds_are_passed_by_what_was_spent_not_by_what_is_held() -> None:
    assert spent(49, held=51).passed() == ()
    assert spent(50).passed() == (50,)
    assert spent(99).passed() == (50, 80)
    assert spent(100).passed() == (50, 80, 100)
    assert spent(100, transferred=100).passed() == (50,)


def test_a_budget_of_nothing_tells_nothing() -> None:
    account = Account(kind="budget", owner_id="bud_1", currency="USD")
    assert spending_of("organization:acme", BUDGET, WINDOW, (7, account)).passed() == ()
