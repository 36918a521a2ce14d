"""Accounts: found, opened, locked, moved between."""

import pytest

from tests.adapters.sql.books import NOW, ORG, Books
from waystation.adapters.sql import accounts
from waystation.ledger.posting import CASH, Account
from waystation.wire.errors import NotBooked


def test_an_account_is_opened_once(books: Books) -> None:
    account = Account(kind="budget", owner_id="bud_1", currency="USD", credits_posted=7, slack=3)
    with books.database.writing() as connection:
        assert accounts.find(connection, account) is None
        opened = accounts.find_or_open(connection, account)
        assert accounts.find_or_open(connection, account) == opened
        assert accounts.lock(connection, [opened]) == {opened: account}
        assert accounts.system(connection, CASH, "USD") == accounts.system(connection, CASH, "USD")


def test_nobody_gives_what_he_does_not_have(books: Books) -> None:
    books.top_up(10)
    with books.database.writing() as connection:
        wallet, cash = accounts.wallet_of(connection, ORG, "USD"), accounts.system(connection, CASH, "USD")
        fields = {"at": NOW, "kind": "refund", "debit_account": wallet, "credit_account": cash, "currency": "USD"}
        with pytest.raises(NotBooked, match=r"0\.000000011 USD are not there"):
            accounts.move(connection, fields | {"amount": 11})
        accounts.move(connection, fields | {"amount": 10})
    assert books.wallet().available == 0


def test_a_wallet_must_be_there(books: Books) -> None:
    with books.database.writing() as connection, pytest.raises(NotBooked, match="'org_1' has no wallet in USD"):
        accounts.wallet_of(connection, ORG, "USD")
