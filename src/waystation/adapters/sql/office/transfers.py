"""Transfers: from one budget's open window to another's, of one organization and currency."""

import msgspec
from sqlalchemy import Connection, select, union_all

from waystation.adapters.sql import accounts
from waystation.adapters.sql.catalogue.tenants import budget_of
from waystation.adapters.sql.tables.catalogue import nodes, organizations, tokens
from waystation.adapters.sql.tables.ledger import budgets
from waystation.adapters.sql.types import AnyRow
from waystation.ledger.budget import window
from waystation.ledger.errand import Booked, Transfer
from waystation.ledger.posting import SOFT, Account
from waystation.wire.errors import NotBooked
from waystation.wire.money import Money


def transfer(connection: Connection, errand: Transfer, at: float) -> Booked:
    """Raises: NotBooked if the budgets do not belong together, or the first has less to give."""
    if errand.from_budget == errand.to_budget:
        raise NotBooked("a budget can't give to itself")
    gives, takes = (_window(connection, errand, id_, at) for id_ in (errand.from_budget, errand.to_budget))
    if gives.currency != takes.currency:
        raise NotBooked(f"one budget is in {gives.currency}, the other in {takes.currency}")
    from_id, to_id = (accounts.find_or_open(connection, account) for account in (gives, takes))
    giver = accounts.lock(connection, (from_id, to_id))[from_id]
    spare = giver.available - giver.slack
    if errand.amount_nanos > spare:
        raise NotBooked(f"{giver.name} has {Money(max(spare, 0), giver.currency)} left to give")
    fields = {
        "at": at,
        "kind": "transfer",
        "debit_account": from_id,
        "credit_account": to_id,
        "amount": errand.amount_nanos,
        "currency": giver.currency,
        "memo": msgspec.json.encode(errand.memo).decode(),
    }
    return Booked(
        posting_id=accounts.move(connection, fields),
        kind="transfer",
        amount_nanos=errand.amount_nanos,
        currency=giver.currency,
        available_nanos=giver.available - errand.amount_nanos,
    )


def _window(connection: Connection, errand: Transfer, budget_id: str, at: float) -> Account:
    """The account of a budget's open window, as it would be opened."""
    row = connection.execute(select(budgets).where(budgets.c.id == budget_id, budgets.c.removed_at.is_(None))).first()
    if row is None or _organization_of(connection, row) != errand.organization_id:
        raise NotBooked(f"{errand.organization_id!r} has no budget {budget_id!r}")
    zone = select(organizations.c.time_zone).where(organizations.c.id == errand.organization_id)
    budget = budget_of(row)
    open_ = window(budget, connection.execute(zone).scalar_one(), at)
    if open_ is None:
        raise NotBooked(f"budget {budget_id!r} has no window that is open now")
    return Account(
        kind="budget",
        owner_id=budget_id,
        currency=budget.currency,
        period=budget.period,
        starts_at=open_.starts_at,
        credits_posted=budget.amount_nanos,
        slack=0 if budget.hard else SOFT,
    )


def _organization_of(connection: Connection, budget: AnyRow) -> str | None:
    if budget.owner_kind == "organization":
        return str(budget.owner_id)
    owners = union_all(
        select(nodes.c.organization_id).where(nodes.c.id == budget.owner_id),
        select(tokens.c.organization_id).where(tokens.c.id == budget.owner_id),
    )
    return connection.execute(owners).scalar()
