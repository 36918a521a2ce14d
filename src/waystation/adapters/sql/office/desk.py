"""Where errands are done: each in one transaction, and once for each key."""

from collections.abc import Callable
from functools import singledispatch
from typing import Final

import msgspec
from sqlalchemy import ColumnElement, Connection, select, update

from waystation.adapters.sql import accounts
from waystation.adapters.sql.engine import Database
from waystation.adapters.sql.office import corrections, credit, lots, mending, transfers
from waystation.adapters.sql.tables.catalogue import organizations
from waystation.adapters.sql.tables.office import booking_keys
from waystation.ledger.errand import (
    KEY_MAX,
    Booked,
    Correction,
    CreditLine,
    Errand,
    Gift,
    Refund,
    TopUp,
    Transfer,
    digest,
)
from waystation.ledger.posting import AMOUNT_MAX, CASH, GIFTS
from waystation.wire.errors import KeyReused, NotBooked

_encode: Final = msgspec.json.Encoder().encode
_decode: Final = msgspec.json.Decoder(Booked).decode


class Office:
    """`now` is Unix seconds: what is booked by hand is dated when it is booked, so no month is changed afterwards."""

    def __init__(self, database: Database, now: Callable[[], float]) -> None:
        self._database = database
        self._now = now

    def book(self, errand: Errand, *, key: str | None = None) -> Booked:
        """Do the errand; with a key that was used for it before, nothing but give the same answer again.

        Raises: NotBooked with what to do, KeyReused if the key was another errand's, StoreUnavailable.
        """
        _check(errand, key)
        at = self._now()
        with self._database.writing() as connection:
            accounts.begin(connection)
            _require(connection, errand.organization_id)
            before = None if key is None else _claim(connection, errand, key, at)
            if before is not None:
                return before
            booked = do(errand, connection, at)
            if key is not None:
                _answer(connection, errand, key, booked)
        if isinstance(errand, Correction):
            mending.mend(self._database, [errand.posting_id])
        return booked


@singledispatch
def do(errand: Errand, _connection: Connection, _at: float) -> Booked:
    raise TypeError(f"{errand} is no errand")


@do.register
def _(errand: TopUp, connection: Connection, at: float) -> Booked:
    wallet = accounts.open_wallet(connection, errand.organization_id, errand.currency)
    cash = accounts.system(connection, CASH, errand.currency)
    accounts.lock(connection, (wallet, cash))
    return _move(connection, errand, at, gives=cash, takes=wallet, about=wallet)


@do.register
def _(errand: Gift, connection: Connection, at: float) -> Booked:
    if errand.expires_at is not None and errand.expires_at <= at:
        raise NotBooked("the gift would have expired already")
    wallet_id = accounts.open_wallet(connection, errand.organization_id, errand.currency)
    gifts = accounts.system(connection, GIFTS, errand.currency)
    wallet = accounts.lock(connection, (wallet_id, gifts))[wallet_id]
    lots.reckon(connection, wallet_id, wallet.debits_posted)
    booked = _move(connection, errand, at, gives=gifts, takes=wallet_id, about=wallet_id)
    assert booked.posting_id is not None
    owed = max(wallet.debits_posted - wallet.credits_posted, 0)  # what a credit line lent is paid by it first
    lots.add(
        connection,
        wallet_id,
        posting_id=booked.posting_id,
        amount=errand.amount_nanos,
        remaining=max(errand.amount_nanos - owed, 0),
        expires_at=errand.expires_at,
        debits=wallet.debits_posted,
    )
    return booked


@do.register
def _(errand: Refund, connection: Connection, at: float) -> Booked:
    wallet_id = accounts.wallet_of(connection, errand.organization_id, errand.currency)
    cash = accounts.system(connection, CASH, errand.currency)
    wallet = accounts.lock(connection, (wallet_id, cash))[wallet_id]
    lots.spare_own(connection, wallet_id, wallet, errand.amount_nanos)
    return _move(connection, errand, at, gives=wallet_id, takes=cash, about=wallet_id)


@do.register
def _(errand: Transfer, connection: Connection, at: float) -> Booked:
    return transfers.transfer(connection, errand, at)


@do.register
def _(errand: Correction, connection: Connection, at: float) -> Booked:
    return corrections.correct(connection, errand, at)


@do.register
def _(errand: CreditLine, connection: Connection, at: float) -> Booked:
    return credit.set_line(connection, errand, at)


def _move(
    connection: Connection, errand: TopUp | Gift | Refund, at: float, *, gives: int, takes: int, about: int
) -> Booked:
    kind = str(errand.__struct_config__.tag)
    posting = {
        "at": at,
        "kind": kind,
        "debit_account": gives,
        "credit_account": takes,
        "amount": errand.amount_nanos,
        "currency": errand.currency,
        "memo": _encode(errand.memo).decode(),
    }
    posting_id = accounts.move(connection, posting)
    return Booked(
        posting_id=posting_id,
        kind=kind,
        amount_nanos=errand.amount_nanos,
        currency=errand.currency,
        available_nanos=accounts.lock(connection, (about,))[about].available,
    )


def _check(errand: Errand, key: str | None) -> None:
    if key is not None and not (0 < len(key) <= KEY_MAX and key.isprintable()):
        raise NotBooked(f"an idempotency key has from 1 to {KEY_MAX} printable characters")
    if isinstance(errand, Correction):
        least, amount = 0, errand.due_nanos
    else:
        least, amount = int(not isinstance(errand, CreditLine)), errand.amount_nanos
    if not least <= amount <= AMOUNT_MAX:
        raise NotBooked(f"{amount} nanos is not an amount from {least} to {AMOUNT_MAX}")


def _require(connection: Connection, organization_id: str) -> None:
    if connection.execute(select(organizations.c.id).where(organizations.c.id == organization_id)).first() is None:
        raise NotBooked(f"there is no organization {organization_id!r}")


def _claim(connection: Connection, errand: Errand, key: str, at: float) -> Booked | None:
    """The answer that was given before, or None: then the key is this errand's. Raises: KeyReused."""
    row = {
        "organization_id": errand.organization_id,
        "key": key,
        "digest": digest(errand),
        "answer": "",
        "at": at,
    }
    if accounts.insert_new(connection, booking_keys, row, ("organization_id", "key")):
        return None
    before = connection.execute(select(booking_keys).where(*_of(errand, key))).one()
    if bytes(before.digest) != row["digest"]:
        raise KeyReused(f"the key {key!r} was used for another booking: choose a new one")
    return _decode(before.answer)


def _answer(connection: Connection, errand: Errand, key: str, booked: Booked) -> None:
    connection.execute(update(booking_keys).where(*_of(errand, key)).values(answer=_encode(booked).decode()))


def _of(errand: Errand, key: str) -> tuple[ColumnElement[bool], ...]:
    return (booking_keys.c.organization_id == errand.organization_id, booking_keys.c.key == key)
