"""A budget that changes while calls are counted in it."""

import pytest
from msgspec.structs import replace
from sqlalchemy import insert, select

from tests.adapters.sql.catalogue.world import ALL, DEPARTMENT, NOW, ORGANIZATION, monthly, read, write
from waystation.adapters.sql.catalogue.budgets import slack_of
from waystation.adapters.sql.engine import Database
from waystation.adapters.sql.tables.ledger import accounts, budgets
from waystation.ledger.budget import window
from waystation.ledger.posting import AMOUNT_MAX, SOFT
from waystation.manifest.repository import Changes
from waystation.wire.catalogue import Budget, Node

MONTHLY = monthly("dep_1", 500)
HERE = window(MONTHLY, ORGANIZATION.time_zone, NOW)
assert HERE is not None
LAST_MONTH = HERE.starts_at - 86_400 * 31


def open_window(database: Database, budget: Budget, starts_at: int, *, transferred: int = 0, spent: int = 0) -> None:
    row = {
        "kind": "budget",
        "owner_id": budget.id,
        "currency": budget.currency,
        "period": budget.period,
        "starts_at": starts_at,
        "credits_posted": budget.amount_nanos + transferred,
        "debits_posted": spent,
        "debits_pending": 0,
        "slack": slack_of(budget),
    }
    with database.writing() as connection:
        connection.execute(insert(accounts).values(row))


def put(database: Database, *wanted: Budget) -> None:
    write(database, Changes(kept_by="file", nodes=(department(*wanted),)))


def department(*wanted: Budget) -> Node:
    return replace(DEPARTMENT, budgets=wanted)


def windows(database: Database) -> dict[int, tuple[int, int]]:
    with database.reading() as connection:
        rows = connection.execute(select(accounts).where(accounts.c.owner_id == MONTHLY.id))
        return {row.starts_at: (row.credits_posted, row.slack) for row in rows}


@pytest.fixture
def counted(database: Database) -> Database:
    """A department with a budget that has last month's window and this month's, to which 70 were transferred."""
    assert HERE is not None
    write(database, replace(ALL, nodes=(department(MONTHLY),), tokens=()))
    open_window(database, MONTHLY, LAST_MONTH, spent=500)
    open_window(database, MONTHLY, HERE.starts_at, transferred=70, spent=400)
    return database


def test_a_new_amount_reaches_the_open_window_and_keeps_what_was_transferred(counted: Database) -> None:
    assert HERE is not None
    put(counted, replace(MONTHLY, amount_nanos=800))
    assert windows(counted) == {LAST_MONTH: (500, 0), HERE.starts_at: (870, 0)}
    put(counted, replace(MONTHLY, amount_nanos=100))  # less than was spent
    assert windows(counted)[HERE.starts_at] == (170, 0)


def test_a_budget_that_only_counts_from_now_on_refuses_nothing(counted: Database) -> None:
    assert HERE is not None
    put(counted, replace(MONTHLY, hard=False))
    assert windows(counted)[HERE.starts_at] == (570, SOFT)
    put(counted, MONTHLY)
    assert windows(counted)[HERE.starts_at] == (570, 0)


def test_a_budget_that_went_and_comes_back_goes_on_with_what_was_spent(counted: Database) -> None:
    assert HERE is not None
    put(counted)
    assert read(counted).nodes[0].budgets == ()
    assert windows(counted)[HERE.starts_at] == (570, 0)
    put(counted, replace(MONTHLY, amount_nanos=600))
    assert read(counted).nodes[0].budgets == (replace(MONTHLY, amount_nanos=600),)
    assert windows(counted)[HERE.starts_at] == (670, 0)


def test_a_removed_budget_s_row_says_since_when(counted: Database) -> None:
    put(counted)
    put(counted)
    with counted.reading() as connection:
        assert connection.execute(select(budgets.c.removed_at).where(budgets.c.id == MONTHLY.id)).scalar() == NOW


def test_what_is_not_open_any_more_is_left_alone(counted: Database) -> None:
    over = Budget(5, "USD", "custom", "bud_o", starts_on="2026-01-01", ends_on="2026-02-01")
    put(counted, over)
    open_window(counted, over, 1_767_196_800)
    put(counted, replace(over, amount_nanos=6))
    with counted.reading() as connection:
        credit = select(accounts.c.credits_posted).where(accounts.c.owner_id == "bud_o")
        assert connection.execute(credit).scalar_one() == 5


@pytest.mark.parametrize("nanos", [-1, AMOUNT_MAX + 1])
def test_an_impossible_amount_is_refused(counted: Database, nanos: int) -> None:
    with pytest.raises(ValueError, match="is not an amount"):
        put(counted, replace(MONTHLY, amount_nanos=nanos))
