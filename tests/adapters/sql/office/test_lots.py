"""Lots in the database: reckoned from the wallet's debits, written when something is done with them."""

from tests.adapters.sql.books import NOW, ORG, Books
from waystation.adapters.sql import accounts
from waystation.adapters.sql.office import lots
from waystation.ledger.errand import Gift
from waystation.ledger.lot import given
from waystation.wire.usage import Usage


def test_reading_and_reckoning_say_the_same(books: Books) -> None:
    books.book(Gift(organization_id=ORG, amount_nanos=50, currency="USD", expires_at=NOW + 100))
    books.call(Usage(input_tokens=20, output_tokens=0))
    debits = books.wallet().debits_posted
    with books.database.writing() as connection:
        wallet = accounts.wallet_of(connection, ORG, "USD")
        assert given(lots.left(connection, wallet, debits)) == 30
        assert given(lots.reckon(connection, wallet, debits)) == 30
        assert given(lots.reckon(connection, wallet, debits)) == 30
        assert given(lots.left(connection, wallet, debits)) == 30


def test_a_wallet_without_gifts_has_no_lots(books: Books) -> None:
    books.top_up(5)
    with books.database.reading() as connection:
        assert lots.left(connection, accounts.wallet_of(connection, ORG, "USD"), 5) == ()
