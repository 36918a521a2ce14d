import pytest
import sqlalchemy
from sqlalchemy import select

from tests.adapters.sql.catalogue.world import NOW, ORGANIZATION, write
from waystation.adapters.sql import accounts
from waystation.adapters.sql.catalogue.wallets import open_wallet
from waystation.adapters.sql.engine import Database
from waystation.adapters.sql.tables.ledger import accounts as accounts_
from waystation.adapters.sql.tables.ledger import postings
from waystation.ledger.posting import AMOUNT_MAX
from waystation.manifest.repository import Changes
from waystation.wire.money import Money


@pytest.fixture
def database(database: Database) -> Database:
    write(database, Changes(kept_by="file", organizations=(ORGANIZATION,)))
    return database


def balances(database: Database) -> dict[tuple[str, str], tuple[int, int]]:
    with database.reading() as connection:
        rows = connection.execute(select(accounts_)).all()
    return {(row.owner_id, row.currency): (row.credits_posted, row.debits_posted) for row in rows}


def test_a_wallet_is_opened_by_a_posting_from_equity(database: Database) -> None:
    with database.writing() as connection:
        open_wallet(connection, "org_1", Money(100, "USD"), NOW)
        open_wallet(connection, "org_1", Money(0, "CNY"), NOW)
    assert balances(database) == {
        ("org_1", "USD"): (100, 0),
        ("equity", "USD"): (0, 100),
        ("org_1", "CNY"): (0, 0),
        ("equity", "CNY"): (0, 0),
    }
    with database.reading() as connection:
        rows = connection.execute(select(postings).order_by(postings.c.id)).all()
    assert [(row.kind, row.amount, row.currency, row.at) for row in rows] == [
        ("opening", 100, "USD", NOW),
        ("opening", 0, "CNY", NOW),
    ]


def test_equity_gives_to_all(database: Database) -> None:
    write(database, Changes(kept_by="file", organizations=(type(ORGANIZATION)("org_2", "other"),)))
    with database.writing() as connection:
        open_wallet(connection, "org_1", Money(100, "USD"), NOW)
        open_wallet(connection, "org_2", Money(20, "USD"), NOW)
    assert balances(database)["equity", "USD"] == (0, 120)


def test_a_wallet_that_a_top_up_has_opened_gets_its_opening_credit_too(database: Database) -> None:
    with database.writing() as connection:
        accounts.open_wallet(connection, "org_1", "USD")
        open_wallet(connection, "org_1", Money(7, "USD"), NOW)
    assert balances(database)["org_1", "USD"] == (7, 0)


def test_an_opening_credit_is_booked_once(database: Database) -> None:
    with database.writing() as connection:
        open_wallet(connection, "org_1", Money(7, "USD"), NOW)
    with pytest.raises(sqlalchemy.exc.DatabaseError), database.writing() as connection:
        open_wallet(connection, "org_1", Money(7, "USD"), NOW)
    assert balances(database)["org_1", "USD"] == (7, 0)


@pytest.mark.parametrize("nanos", [-1, AMOUNT_MAX + 1])
def test_an_impossible_credit_is_refused(database: Database, nanos: int) -> None:
    with database.writing() as connection, pytest.raises(ValueError, match="is not an amount"):
        open_wallet(connection, "org_1", Money(nanos, "USD"), NOW)
