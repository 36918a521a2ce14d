import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.adapters.sqlite.world import SqliteWorld
from tests.contract.store import token
from waystation.adapters.sqlite import accounts
from waystation.ledger.posting import SOFT, Account
from waystation.wire.booking import Ceiling
from waystation.wire.catalogue import Budget

NOVEMBER_18 = 1_795_000_000.0
NOVEMBER, OCTOBER = 1_793_491_200, 1_790_812_800
WALLET = Ceiling("wallet", "org_1", "USD")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[SqliteWorld]:
    """A ledger with a wallet of 100, and a token with a budget of 10."""
    world = SqliteWorld(tmp_path)
    world.prepare()
    world.put_token(token(budget=Budget(10, "USD", "month")))
    yield world
    world.leave()


@pytest.fixture
def connection(world: SqliteWorld) -> sqlite3.Connection:
    return world.beside


def month(starts_at: int, owner_id: str = "tok_1") -> Ceiling:
    return Ceiling("budget", f"bud_{owner_id}", "USD", "month", starts_at)


def opened(connection: sqlite3.Connection, ceiling: Ceiling) -> Account:
    account_id = accounts.account_for(connection, ceiling)
    assert account_id is not None
    return accounts.read(connection, account_id)


def test_a_window_opens_when_it_is_asked_for(connection: sqlite3.Connection) -> None:
    assert accounts.read_all(connection, kind="budget", owner_id="bud_tok_1") == []
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
    account_id = accounts.account_for(connection, ceiling)
    assert account_id is not None
    assert accounts.ceiling_of(connection, account_id) == ceiling


def test_what_is_not_set_up_has_no_account(connection: sqlite3.Connection) -> None:
    assert accounts.account_for(connection, Ceiling("wallet", "org_1", "CNY")) is None
    assert accounts.account_for(connection, month(NOVEMBER, "tok_2")) is None
    assert accounts.account_for(connection, Ceiling("budget", "bud_tok_1", "USD", "day", NOVEMBER)) is None
    assert accounts.account_for(connection, Ceiling("budget", "bud_tok_1", "CNY", "month", NOVEMBER)) is None


def test_an_owners_accounts_are_read_in_order(world: SqliteWorld, connection: sqlite3.Connection) -> None:
    world.open_wallet("org_1", "CNY", 0)
    wallets = accounts.read_all(connection, kind="wallet", owner_id="org_1")
    assert [(each.currency, each.available) for each in wallets] == [("CNY", 0), ("USD", 100)]


@pytest.mark.parametrize("column", ["credits_posted", "debits_posted", "debits_pending"])
def test_no_total_goes_below_zero(connection: sqlite3.Connection, column: str) -> None:
    with pytest.raises(sqlite3.IntegrityError):
        connection.execute(f"UPDATE accounts SET {column} = -1")  # noqa: S608 - ours


@pytest.mark.parametrize("statement", ["UPDATE postings SET amount = 7", "DELETE FROM postings"])
def test_a_posting_never_changes(connection: sqlite3.Connection, statement: str) -> None:
    with pytest.raises(sqlite3.IntegrityError, match="a posting never"):
        connection.execute(statement)
