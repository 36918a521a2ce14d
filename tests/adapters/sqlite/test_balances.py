import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.adapters.sqlite.world import SqliteWorld
from waystation.adapters.sqlite import accounts
from waystation.adapters.sqlite.balances import Balances
from waystation.ledger.posting import AMOUNT_MAX


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    world = SqliteWorld(tmp_path)
    world.prepare()
    world.open_wallet("org_1", "CNY", 30)
    yield world.beside
    world.leave()


@pytest.fixture
def ids(connection: sqlite3.Connection) -> tuple[int, ...]:
    """Wallets of 100 and of 30."""
    rows = connection.execute("SELECT id FROM accounts WHERE kind = 'wallet' ORDER BY credits_posted DESC")
    return tuple(account_id for (account_id,) in rows)


def stored(connection: sqlite3.Connection, account_id: int) -> tuple[int, int, int]:
    account = accounts.read(connection, account_id)
    return account.debits_posted, account.debits_pending, account.available


def test_what_is_reserved_is_reckoned_with_before_it_is_written(
    connection: sqlite3.Connection, ids: tuple[int, ...]
) -> None:
    balances = Balances(connection)
    balances.reserve(ids, 20)
    assert balances.spare(ids) == 10
    assert balances.short_of(ids, 10) is None
    assert balances.short_of(ids, 11) == 1
    assert stored(connection, ids[0]) == (0, 0, 100)
    balances.write()
    assert stored(connection, ids[0]) == (0, 20, 80)
    assert stored(connection, ids[1]) == (0, 20, 10)


def test_what_is_written_is_written_once(connection: sqlite3.Connection, ids: tuple[int, ...]) -> None:
    balances = Balances(connection)
    balances.reserve(ids, 20)
    balances.write()
    balances.settle(ids, 20, 5)
    balances.earn(ids[0], 7)
    balances.write()
    balances.write()
    assert stored(connection, ids[0]) == (5, 0, 102)
    assert stored(connection, ids[1]) == (5, 0, 25)
    assert balances.of(ids[0]).limit == 107


def test_no_account_covers_more_than_there_can_be(connection: sqlite3.Connection, ids: tuple[int, ...]) -> None:
    assert Balances(connection).short_of(ids, AMOUNT_MAX + 1) == 0


def test_an_account_is_never_overdrawn_whatever_was_believed(
    connection: sqlite3.Connection, ids: tuple[int, ...]
) -> None:
    balances = Balances(connection)
    assert balances.short_of(ids, 30) is None
    connection.execute("UPDATE accounts SET debits_pending = 25")  # behind its back
    balances.reserve(ids, 30)
    with pytest.raises(sqlite3.IntegrityError, match="overdrawn"):
        balances.write()
    balances.forget()
    assert balances.spare(ids) == 5


def test_an_overdrawn_account_can_still_be_relieved(connection: sqlite3.Connection, ids: tuple[int, ...]) -> None:
    connection.execute("UPDATE accounts SET debits_pending = 40")
    balances = Balances(connection)
    balances.settle(ids, 40, 40)
    balances.write()
    assert stored(connection, ids[1]) == (40, 0, -10)
