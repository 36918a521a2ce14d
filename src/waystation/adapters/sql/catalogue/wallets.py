"""An organization's opening credits."""

from sqlalchemy import Connection, insert

from waystation.adapters.sql import accounts
from waystation.adapters.sql.tables.catalogue import opening_credits
from waystation.ledger.posting import AMOUNT_MAX, EQUITY
from waystation.wire.money import Money


def open_wallet(connection: Connection, organization_id: str, money: Money, at: float) -> None:
    """Book an organization's opening credit, once for each currency, into a wallet that is opened if it is new.

    Raises: ValueError for an amount below zero or above AMOUNT_MAX.
    """
    if not 0 <= money.nanos <= AMOUNT_MAX:
        raise ValueError(f"{money.nanos} nanos is not an amount from 0 to {AMOUNT_MAX}")
    accounts.begin(connection)
    opened = {"organization_id": organization_id, "currency": money.currency, "nanos": money.nanos}
    connection.execute(insert(opening_credits).values(opened))
    wallet_id = accounts.open_wallet(connection, organization_id, money.currency)
    equity_id = accounts.system(connection, EQUITY, money.currency)
    accounts.lock(connection, (wallet_id, equity_id))
    accounts.move(
        connection,
        {
            "at": at,
            "kind": "opening",
            "debit_account": equity_id,
            "credit_account": wallet_id,
            "amount": money.nanos,
            "currency": money.currency,
        },
    )
