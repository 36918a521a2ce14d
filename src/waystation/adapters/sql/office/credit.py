"""Credit lines: how far a wallet may go below zero."""

import msgspec
from sqlalchemy import Connection, insert, update

from waystation.adapters.sql import accounts
from waystation.adapters.sql.tables.ledger import accounts as table
from waystation.adapters.sql.tables.office import credit_lines
from waystation.ledger.errand import Booked, CreditLine
from waystation.wire.errors import NotBooked
from waystation.wire.money import Money


def set_line(connection: Connection, errand: CreditLine, at: float) -> Booked:
    """No money moves. Raises: NotBooked if more is used, or held, than the new line allows."""
    wallet_id = accounts.open_wallet(connection, errand.organization_id, errand.currency)
    wallet = accounts.lock(connection, (wallet_id,))[wallet_id]
    available = wallet.available - wallet.slack + errand.amount_nanos
    if available < 0:
        used = Money(wallet.slack - wallet.available, wallet.currency)
        raise NotBooked(f"{used} of the credit line of {wallet.name} are used or held: it can't be lower than that")
    connection.execute(update(table).where(table.c.id == wallet_id).values(slack=errand.amount_nanos))
    connection.execute(
        insert(credit_lines).values(
            account_id=wallet_id,
            at=at,
            amount=errand.amount_nanos,
            memo=msgspec.json.encode(errand.memo).decode(),
        )
    )
    return Booked(
        posting_id=None,
        kind="credit_line",
        amount_nanos=errand.amount_nanos,
        currency=errand.currency,
        available_nanos=available,
    )
