"""What was booked, and what is in the accounts, to be looked at."""

from collections.abc import Iterator
from typing import Any, Final

import msgspec
from sqlalchemy import ColumnElement, Connection, FromClause, RowMapping, Select, select

from waystation.adapters.sql.accounts import account_of
from waystation.adapters.sql.tables.catalogue import nodes, tokens
from waystation.adapters.sql.tables.ledger import accounts, budgets, postings
from waystation.ledger.posting import Account

BILLS: Final = ("usage", "estimated")

_read: Final = msgspec.json.Decoder(dict[str, Any]).decode


class Posted(msgspec.Struct, frozen=True, kw_only=True):
    """A posting for people: its accounts by their names. `at` is Unix seconds."""

    id: int
    at: float
    kind: str
    from_account: str
    to_account: str
    amount_nanos: int
    currency: str
    call_id: str | None
    corrects: int | None
    memo: dict[str, Any] | None


class Query(msgspec.Struct, frozen=True, kw_only=True):
    """Which postings. None is any; `bills`: also those of calls."""

    organization_id: str | None = None
    kind: str | None = None
    since: float | None = None
    until: float | None = None
    bills: bool = False
    limit: int = 100


def listed(connection: Connection, query: Query) -> Iterator[Posted]:
    """Newest first."""
    debit, credit = accounts.alias(), accounts.alias()
    conditions: list[ColumnElement[bool]] = []
    if query.organization_id is not None:
        own = _own(query.organization_id)
        conditions.append(debit.c.id.in_(own) | credit.c.id.in_(own))
    if query.kind is not None:
        conditions.append(postings.c.kind == query.kind)
    elif not query.bills:
        conditions.append(postings.c.kind.not_in(BILLS))
    conditions += [postings.c.at >= query.since] if query.since is not None else []
    conditions += [postings.c.at < query.until] if query.until is not None else []
    found = (
        select(postings, debit, credit)
        .join(debit, debit.c.id == postings.c.debit_account)
        .join(credit, credit.c.id == postings.c.credit_account)
        .where(*conditions)
        .order_by(postings.c.id.desc())
        .limit(query.limit)
    )
    for row in connection.execute(found):
        facts = row._mapping  # noqa: SLF001 - SQLAlchemy's public name for it: columns by what they are
        yield Posted(
            id=facts[postings.c.id],
            at=facts[postings.c.at],
            kind=facts[postings.c.kind],
            from_account=_named(facts, debit),
            to_account=_named(facts, credit),
            amount_nanos=facts[postings.c.amount],
            currency=facts[postings.c.currency],
            call_id=facts[postings.c.call_id],
            corrects=facts[postings.c.corrects],
            memo=None if facts[postings.c.memo] is None else _read(facts[postings.c.memo]),
        )


def balances(connection: Connection, organization_id: str | None = None) -> list[Account]:
    """The accounts of all, or of an organization: its wallets, and the windows of all budgets within it."""
    found = select(accounts).order_by(accounts.c.kind, accounts.c.owner_id, accounts.c.currency, accounts.c.starts_at)
    if organization_id is not None:
        found = found.where(accounts.c.id.in_(_own(organization_id)))
    return [account_of(row) for row in connection.execute(found)]


def _own(organization_id: str) -> Select[int]:
    below = select(nodes.c.id).where(nodes.c.organization_id == organization_id)
    callers = select(tokens.c.id).where(tokens.c.organization_id == organization_id)
    owner = budgets.c.owner_id
    own = select(budgets.c.id).where((owner == organization_id) | owner.in_(below) | owner.in_(callers))
    wallet = (accounts.c.kind == "wallet") & (accounts.c.owner_id == organization_id)
    return select(accounts.c.id).where(wallet | ((accounts.c.kind == "budget") & accounts.c.owner_id.in_(own)))


def _named(facts: RowMapping, side: FromClause) -> str:
    """As `Account.name` says it."""
    return Account(
        kind=facts[side.c.kind],
        owner_id=facts[side.c.owner_id],
        currency=facts[side.c.currency],
        period=facts[side.c.period],
        starts_at=facts[side.c.starts_at],
    ).name
