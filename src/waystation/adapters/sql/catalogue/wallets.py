"""Opening an organization's wallet: the first booking on it."""

from sqlalchemy import Connection, insert, select, update

from waystation.adapters.sql.tables.catalogue import opening_credits
from waystation.adapters.sql.tables.ledger import accounts, postings
from waystation.ledger.posting import AMOUNT_MAX, EQUITY
from waystation.wire.money import Money


def open_wallet(connection: Connection, organization_id: str, money: Money, at: float) -> None:
    """Give an organization its wallet, with an opening credit. A wallet that exists is left as it is.

    Raises: ValueError for an amount below zero or above AMOUNT_MAX.
    """
    if not 0 <= money.nanos <= AMOUNT_MAX:
        raise ValueError(f"{money.nanos} nanos is not an amount from 0 to {AMOUNT_MAX}")
    opened = {"organization_id": organization_id, "currency": money.currency, "nanos": money.nanos}
    connection.execute(insert(opening_credits).values(opened))
    if _find(connection, "wallet", organization_id, money.currency) is not None:
        return
    wallet_id = _open(connection, "wallet", organization_id, money.currency, money.nanos)
    equity_id = _find(connection, "system", EQUITY, money.currency)
    if equity_id is None:
        equity_id = _open(connection, "system", EQUITY, money.currency, 0)
    paid = update(accounts).where(accounts.c.id == equity_id)
    connection.execute(paid.values(debits_posted=accounts.c.debits_posted + money.nanos))
    connection.execute(
        insert(postings).values(
            at=at,
            kind="opening",
            debit_account=equity_id,
            credit_account=wallet_id,
            amount=money.nanos,
            currency=money.currency,
            held=0,
            chain="[]",
            shortfall=0,
            marks="[]",
        )
    )


def _find(connection: Connection, kind: str, owner_id: str, currency: str) -> int | None:
    found = select(accounts.c.id).where(
        accounts.c.kind == kind,
        accounts.c.owner_id == owner_id,
        accounts.c.currency == currency,
        accounts.c.period == "total",
        accounts.c.starts_at == 0,
    )
    return connection.execute(found).scalar()


def _open(connection: Connection, kind: str, owner_id: str, currency: str, credit: int) -> int:
    account = {
        "kind": kind,
        "owner_id": owner_id,
        "currency": currency,
        "period": "total",
        "starts_at": 0,
        "credits_posted": credit,
        "debits_posted": 0,
        "debits_pending": 0,
        "slack": 0,
    }
    return int(connection.execute(insert(accounts).values(account).returning(accounts.c.id)).scalar_one())
