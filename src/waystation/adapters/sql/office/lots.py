"""Lots of gift credit in the database. Each function works on a wallet that its caller has locked."""

from sqlalchemy import Connection, insert, select, update

from waystation.adapters.sql.accounts import insert_new
from waystation.adapters.sql.tables.office import lot_marks, lots
from waystation.ledger.lot import Lot, consume, given
from waystation.ledger.posting import Account
from waystation.wire.errors import NotBooked
from waystation.wire.money import Money


def left(connection: Connection, wallet_id: int, debits: int) -> tuple[Lot, ...]:
    """What is left of each lot, after so much was debited from the wallet in all. Only reads."""
    columns = (lots.c.posting_id, lots.c.remaining, lots.c.expires_at)
    there = select(*columns).where(lots.c.account_id == wallet_id, lots.c.remaining > 0)
    stored = tuple(Lot(*row) for row in connection.execute(there))
    marked = connection.execute(select(lot_marks.c.debits).where(lot_marks.c.account_id == wallet_id)).scalar()
    return stored if marked is None else consume(stored, debits - marked)


def reckon(connection: Connection, wallet_id: int, debits: int) -> tuple[Lot, ...]:
    """As `left`, and write it down."""
    now = left(connection, wallet_id, debits)
    for lot in now:
        connection.execute(update(lots).where(lots.c.posting_id == lot.posting_id).values(remaining=lot.remaining))
    _mark(connection, wallet_id, debits)
    return now


def add(
    connection: Connection,
    wallet_id: int,
    *,
    posting_id: int,
    amount: int,
    remaining: int,
    expires_at: float | None,
    debits: int,
) -> None:
    row = {
        "posting_id": posting_id,
        "account_id": wallet_id,
        "amount": amount,
        "remaining": remaining,
        "expires_at": expires_at,
    }
    connection.execute(insert(lots).values(row))
    _mark(connection, wallet_id, debits)


def take(connection: Connection, lot: Lot, nanos: int) -> None:
    """So much of a lot is taken back."""
    connection.execute(
        update(lots).where(lots.c.posting_id == lot.posting_id).values(remaining=lots.c.remaining - nanos)
    )


def spare_own(connection: Connection, wallet_id: int, wallet: Account, nanos: int) -> None:
    """Before so much is taken that was not a gift: see that it is there, and leave the lots alone.

    Raises: NotBooked if the wallet's own money is less.
    """
    gifts = given(reckon(connection, wallet_id, wallet.debits_posted))
    own = wallet.available - wallet.slack - gifts
    if nanos > own:
        has = f"of its own are {Money(max(own, 0), wallet.currency)} free, gifts are {Money(gifts, wallet.currency)}"
        raise NotBooked(f"{wallet.name} can't give {Money(nanos, wallet.currency)}: {has}")
    _mark(connection, wallet_id, wallet.debits_posted + nanos)


def skip(connection: Connection, wallet_id: int, nanos: int) -> None:
    """A debit that is no use of the lots."""
    changed = update(lot_marks).where(lot_marks.c.account_id == wallet_id)
    connection.execute(changed.values(debits=lot_marks.c.debits + nanos))


def _mark(connection: Connection, wallet_id: int, debits: int) -> None:
    row = {"account_id": wallet_id, "debits": debits}
    if not insert_new(connection, lot_marks, row, ("account_id",)):
        connection.execute(update(lot_marks).where(lot_marks.c.account_id == wallet_id).values(debits=debits))
