"""Taking back what is left of gifts that have expired."""

import msgspec
from sqlalchemy import select

from waystation.adapters.sql import accounts
from waystation.adapters.sql.engine import Database
from waystation.adapters.sql.office import lots
from waystation.adapters.sql.tables import ledger
from waystation.adapters.sql.tables.office import lots as table
from waystation.ledger.lot import lapsed
from waystation.ledger.posting import GIFTS


def expire_gifts(database: Database, at: float) -> int:
    """How many bookings it took. What open holds keep is left for the next time. Raises: StoreUnavailable."""
    due = select(table.c.account_id).where(table.c.remaining > 0, table.c.expires_at <= at).distinct()
    with database.reading() as connection:
        wallets = connection.execute(due.order_by(table.c.account_id)).scalars().all()
    return sum(_expire(database, wallet_id, at) for wallet_id in wallets)


def _expire(database: Database, wallet_id: int, at: float) -> int:
    with database.writing() as connection:
        accounts.begin(connection)
        currency = connection.execute(
            select(ledger.accounts.c.currency).where(ledger.accounts.c.id == wallet_id)
        ).scalar_one()
        gifts = accounts.system(connection, GIFTS, currency)
        wallet = accounts.lock(connection, (wallet_id, gifts))[wallet_id]
        taken = lapsed(lots.reckon(connection, wallet_id, wallet.debits_posted), at, wallet.available - wallet.slack)
        for lot, amount in taken:
            accounts.move(
                connection,
                {
                    "at": at,
                    "kind": "gift_expired",
                    "debit_account": wallet_id,
                    "credit_account": gifts,
                    "amount": amount,
                    "currency": currency,
                    "memo": msgspec.json.encode({"gift": lot.posting_id}).decode(),
                },
            )
            lots.take(connection, lot, amount)
            lots.skip(connection, wallet_id, amount)
    return len(taken)
