import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.adapters.sqlite.made import make
from tests.adapters.sqlite.world import SqliteWorld
from tests.contract.store import token
from waystation.adapters.sqlite import accounts
from waystation.ledger.posting import AMOUNT_MAX, SOFT, Account
from waystation.manifest.repository import Changes
from waystation.wire.booking import Ceiling
from waystation.wire.catalogue import Budget, Organization

NOVEMBER_18 = 1_795_000_000.0
NOVEMBER, OCTOBER = 1_793_491_200, 1_790_812_800
WALLET = Ceiling("wallet", "org_1", "USD")


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """A ledger with an organization that has no wallet yet, and a token with a budget of 10."""
    world = SqliteWorld(tmp_path)
    make(world.beside, "ledger")
    world.write(Changes(kept_by="file", organizations=(Organization("org_1", "acme"),)))
    world.put_token(token(budget=Budget(10, "USD", "month")))
    yield world.beside
    world.leave()


def month(starts_at: int, token_id: str = "tok_1") -> Ceiling:
    return Ceiling("budget", token_id, "USD", "month", starts_at)


def opened(connection: sqlite3.Connection, ceiling: Ceiling) -> Account:
    account_id = accounts.account_for(connection, ceiling)
    assert account_id is not None
    return accounts.read(connection, account_id)


def test_an_opening_credit_comes_from_equity(connection: sqlite3.Connection) -> None:
    accounts.open_wallet(connection, "org_1", "USD", 100, NOVEMBER_18)
    assert opened(connection, WALLET).available == 100
    (equity,) = accounts.read_all(connection, kind="system", owner_id="equity")
    assert equity.debits_posted == 100
    assert connection.execute("SELECT kind, amount, at FROM postings").fetchall() == [("opening", 100, NOVEMBER_18)]


def test_a_wallet_is_credited_once_whatever_the_file_says_later(connection: sqlite3.Connection) -> None:
    accounts.open_wallet(connection, "org_1", "USD", 100, NOVEMBER_18)
    accounts.open_wallet(connection, "org_1", "USD", 250, NOVEMBER_18)
    assert opened(connection, WALLET).available == 100


def test_a_wallet_for_each_currency(connection: sqlite3.Connection) -> None:
    accounts.open_wallet(connection, "org_1", "USD", 100, NOVEMBER_18)
    accounts.open_wallet(connection, "org_1", "CNY", 0, NOVEMBER_18)
    assert [
        (each.currency, each.available) for each in accounts.read_all(connection, kind="wallet", owner_id="org_1")
    ] == [
        ("CNY", 0),
        ("USD", 100),
    ]


@pytest.mark.parametrize("nanos", [-1, AMOUNT_MAX + 1, 2**63])
def test_an_impossible_amount_is_refused(connection: sqlite3.Connection, nanos: int) -> None:
    with pytest.raises(ValueError, match="not an amount"):
        accounts.open_wallet(connection, "org_1", "USD", nanos, NOVEMBER_18)
    with pytest.raises(ValueError, match="not an amount"):
        accounts.set_budget(connection, "tok_1", Budget(nanos, "USD", "month"), NOVEMBER_18)


def test_a_window_opens_when_it_is_asked_for(connection: sqlite3.Connection) -> None:
    assert accounts.read_all(connection, kind="budget", owner_id="tok_1") == []
    assert opened(connection, month(NOVEMBER)).available == 10
    assert accounts.account_for(connection, month(NOVEMBER)) == accounts.account_for(connection, month(NOVEMBER))


def test_a_soft_budget_opens_with_slack(connection: sqlite3.Connection) -> None:
    connection.execute("UPDATE budgets SET hard = 0")
    account = opened(connection, month(NOVEMBER))
    assert (account.credits_posted, account.slack) == (10, SOFT)


def test_a_budget_that_was_removed_opens_no_window(connection: sqlite3.Connection) -> None:
    opened(connection, month(OCTOBER))
    connection.execute("UPDATE budgets SET removed_at = 1")
    assert accounts.account_for(connection, month(NOVEMBER)) is None
    assert opened(connection, month(OCTOBER)).available == 10


@pytest.mark.parametrize("ceiling", [WALLET, month(NOVEMBER)])
def test_an_account_tells_the_ceiling_that_names_it(connection: sqlite3.Connection, ceiling: Ceiling) -> None:
    accounts.open_wallet(connection, "org_1", "USD", 100, NOVEMBER_18)
    account_id = accounts.account_for(connection, ceiling)
    assert account_id is not None
    assert accounts.ceiling_of(connection, account_id) == ceiling


def test_what_is_not_set_up_has_no_account(connection: sqlite3.Connection) -> None:
    assert accounts.account_for(connection, WALLET) is None
    assert accounts.account_for(connection, month(NOVEMBER, "tok_2")) is None
    assert accounts.account_for(connection, Ceiling("budget", "tok_1", "USD", "day", NOVEMBER)) is None
    assert accounts.account_for(connection, Ceiling("budget", "tok_1", "CNY", "month", NOVEMBER)) is None


def test_a_new_budget_reaches_the_open_window_only(connection: sqlite3.Connection) -> None:
    opened(connection, month(OCTOBER))
    opened(connection, month(NOVEMBER))
    accounts.set_budget(connection, "tok_1", Budget(25, "USD", "month"), NOVEMBER_18)
    assert opened(connection, month(OCTOBER)).available == 10
    assert opened(connection, month(NOVEMBER)).available == 25


def test_a_budget_that_is_taken_away_changes_no_window(connection: sqlite3.Connection) -> None:
    opened(connection, month(NOVEMBER))
    accounts.set_budget(connection, "tok_1", None, NOVEMBER_18)
    assert opened(connection, month(NOVEMBER)).available == 10


@pytest.mark.parametrize("column", ["credits_posted", "debits_posted", "debits_pending"])
def test_no_total_goes_below_zero(connection: sqlite3.Connection, column: str) -> None:
    accounts.open_wallet(connection, "org_1", "USD", 100, NOVEMBER_18)
    with pytest.raises(sqlite3.IntegrityError):
        connection.execute(f"UPDATE accounts SET {column} = -1")  # noqa: S608 - ours


@pytest.mark.parametrize("statement", ["UPDATE postings SET amount = 7", "DELETE FROM postings"])
def test_a_posting_never_changes(connection: sqlite3.Connection, statement: str) -> None:
    accounts.open_wallet(connection, "org_1", "USD", 100, NOVEMBER_18)
    with pytest.raises(sqlite3.IntegrityError, match="a posting never"):
        connection.execute(statement)
