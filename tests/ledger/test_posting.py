import pytest
from hypothesis import given
from hypothesis import strategies as st

from waystation.ledger.posting import AMOUNT_MAX, Account, Fit, fit, opened_by
from waystation.wire.booking import Ceiling

amounts = st.integers(0, AMOUNT_MAX)


def test_slack_is_there_to_be_taken() -> None:
    account = Account(kind="wallet", owner_id="org_1", currency="USD", credits_posted=10, slack=5, debits_posted=12)
    assert (account.limit, account.available) == (15, 3)


def test_what_is_held_is_not_available() -> None:
    account = Account(kind="wallet", owner_id="org_1", currency="USD", credits_posted=100).reserve(30)
    assert account.available == 70


def test_settling_frees_the_hold_and_takes_what_was_booked() -> None:
    account = Account(kind="wallet", owner_id="org_1", currency="USD", credits_posted=100).reserve(30).settle(30, 12)
    assert (account.available, account.debits_pending, account.debits_posted) == (88, 0, 12)


@pytest.mark.parametrize(
    ("account", "name"),
    [
        (Account(kind="wallet", owner_id="org_1", currency="USD"), "wallet/org_1:USD"),
        (
            Account(kind="budget", owner_id="tok_1", currency="USD", period="month", starts_at=1793491200),
            "budget/tok_1:USD/month/1793491200",
        ),
        (Account(kind="system", owner_id="revenue", currency="CNY"), "revenue:CNY"),
    ],
)
def test_an_account_has_a_name(account: Account, name: str) -> None:
    assert account.name == name


def test_a_ceiling_opens_its_account_with_a_credit() -> None:
    ceiling = Ceiling("budget", "tok_1", "USD", "day", 86400)
    assert opened_by(ceiling, 7) == Account(
        kind="budget", owner_id="tok_1", currency="USD", period="day", starts_at=86400, credits_posted=7
    )


@pytest.mark.parametrize(
    ("amount", "held", "spare", "expected"),
    [
        (5, 10, 0, Fit(5, 0)),
        (10, 10, 0, Fit(10, 0)),
        (15, 10, 5, Fit(15, 0)),
        (15, 10, 3, Fit(13, 2)),
        (15, 10, 0, Fit(10, 5)),
        (15, 10, -4, Fit(10, 5)),
        (0, 0, 0, Fit(0, 0)),
        (2**70, 10, 0, Fit(10, AMOUNT_MAX - 10)),
    ],
)
def test_a_bill_above_its_hold_takes_what_is_there(amount: int, held: int, spare: int, expected: Fit) -> None:
    assert fit(amount, held_nanos=held, spare_nanos=spare) == expected


@given(amounts, amounts, st.integers(-AMOUNT_MAX, AMOUNT_MAX))
def test_nothing_is_overdrawn_and_nothing_lost(amount: int, held: int, spare: int) -> None:
    booked, shortfall = fit(amount, held_nanos=held, spare_nanos=spare)
    assert 0 <= booked <= held + max(spare, 0)
    assert booked + shortfall == amount
