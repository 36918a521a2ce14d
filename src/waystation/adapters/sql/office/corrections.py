"""Corrections: what a posting should have come to. The posting stays; another one makes up the difference.

The windows of the budgets that the call was counted in are put right with it, also those that are over: what a window
says was spent is always what its calls cost.
"""

from typing import Any, Final

import msgspec
from sqlalchemy import Connection, case, func, select, update

from waystation.adapters.sql import accounts
from waystation.adapters.sql.office import lots
from waystation.adapters.sql.tables.ledger import accounts as table
from waystation.adapters.sql.tables.ledger import postings
from waystation.adapters.sql.types import AnyRow
from waystation.ledger.errand import Booked, Correction, Sides, sides
from waystation.ledger.posting import Account
from waystation.wire.errors import NotBooked
from waystation.wire.money import Money

CORRECTABLE: Final = ("usage", "estimated", "topup", "refund")

_read_ids: Final = msgspec.json.Decoder(tuple[int, ...]).decode


def correct(connection: Connection, errand: Correction, at: float) -> Booked:
    posting = _posting(connection, errand)
    chain = _read_ids(posting.chain)
    locked = accounts.lock(connection, {posting.debit_account, posting.credit_account, *chain})
    wallet_id = _wallet(posting, locked, errand.organization_id)
    wallet = locked[wallet_id]
    way = sides(
        errand.due_nanos,
        booked_nanos=corrected(connection, posting.id),
        debit_account=posting.debit_account,
        credit_account=posting.credit_account,
    )
    if not way.amount_nanos:
        return _booked(None, 0, wallet)
    if way.debit_account == wallet_id:
        _may_take(connection, posting, wallet_id, wallet, way.amount_nanos)
    windows = [account_id for account_id in chain if locked[account_id].kind == "budget"]
    posting_id = accounts.move(connection, _fields(errand, posting, way, windows, at))
    _count(connection, windows, way.amount_nanos if way.debit_account == wallet_id else -way.amount_nanos)
    return _booked(posting_id, way.amount_nanos, accounts.lock(connection, (wallet_id,))[wallet_id])


def corrected(connection: Connection, posting_id: int) -> int:
    """What a posting comes to with its corrections."""
    original = postings.alias()
    signed = case((postings.c.debit_account == original.c.debit_account, postings.c.amount), else_=-postings.c.amount)
    more = select(func.coalesce(func.sum(signed), 0)).where(postings.c.corrects == original.c.id).scalar_subquery()
    total = select(original.c.amount + more).where(original.c.id == posting_id)
    return int(connection.execute(total).scalar_one())


def _posting(connection: Connection, errand: Correction) -> AnyRow:
    found = connection.execute(select(postings).where(postings.c.id == errand.posting_id)).first()
    if found is None:
        raise NotBooked(f"there is no posting {errand.posting_id}")
    if found.kind not in CORRECTABLE:
        raise NotBooked(f"posting {errand.posting_id} is {found.kind!r}: only {', '.join(CORRECTABLE)} are corrected")
    return found


def _wallet(posting: AnyRow, locked: dict[int, Account], organization_id: str) -> int:
    wallet_id = next(id_ for id_ in (posting.debit_account, posting.credit_account) if locked[id_].kind == "wallet")
    if locked[wallet_id].owner_id != organization_id:
        raise NotBooked(f"posting {posting.id} is not one of {organization_id!r}")
    return int(wallet_id)


def _may_take(connection: Connection, posting: AnyRow, wallet_id: int, wallet: Account, nanos: int) -> None:
    """Money that was paid in by mistake is no use of gifts. A bill that was too low is paid like any other."""
    if posting.kind in {"topup", "refund"}:
        lots.spare_own(connection, wallet_id, wallet, nanos)
    elif nanos > wallet.available:
        left, more = Money(wallet.available, wallet.currency), Money(nanos, wallet.currency)
        raise NotBooked(f"{wallet.name} has {left} left, and {more} more are due: top it up first")


def _fields(errand: Correction, posting: AnyRow, way: Sides, windows: list[int], at: float) -> dict[str, Any]:
    return {
        "at": at,
        "kind": "correction",
        "debit_account": way.debit_account,
        "credit_account": way.credit_account,
        "amount": way.amount_nanos,
        "currency": posting.currency,
        "chain": msgspec.json.encode(windows).decode(),
        "basis": posting.basis,
        "memo": msgspec.json.encode(errand.memo).decode(),
        "corrects": posting.id,
    }


def _count(connection: Connection, windows: list[int], more: int) -> None:
    """The budgets count what is put right, even past their amount: it was spent."""
    if windows:
        counted = update(table).where(table.c.id.in_(windows))
        connection.execute(counted.values(debits_posted=table.c.debits_posted + more))


def _booked(posting_id: int | None, amount: int, wallet: Account) -> Booked:
    return Booked(
        posting_id=posting_id,
        kind="correction",
        amount_nanos=amount,
        currency=wallet.currency,
        available_nanos=wallet.available,
    )
