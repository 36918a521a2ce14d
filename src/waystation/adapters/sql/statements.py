"""Statements, read from the postings. Of a million calls, a page is in memory.

The seals tell where to begin: no posting of the period lies before the first block that reaches into it. From there all
is read up to now, since what is in a wallet is known now, and what it had at the period's end follows backwards.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from typing import Final

from sqlalchemy import Connection, select

from waystation.adapters.sql import postings, seals
from waystation.adapters.sql.engine import Database
from waystation.adapters.sql.tables.catalogue import nodes, organizations, tokens
from waystation.adapters.sql.tables.ledger import accounts, budgets
from waystation.adapters.sql.tables.ledger import postings as table
from waystation.adapters.sql.tables.office import closings
from waystation.adapters.sql.types import AnyRow
from waystation.ledger.closing import Closing, Span, days, month
from waystation.ledger.statement import Book, Row, Scope, ScopeKind, Statement
from waystation.wire.errors import Misconfigured
from waystation.wire.record import CallRecord

Listener = Callable[[Row, CallRecord], None]

_COLUMNS: Final = (
    table.c.id,
    table.c.at,
    table.c.kind,
    table.c.amount,
    table.c.currency,
    table.c.basis,
    table.c.debit_account,
    table.c.credit_account,
)


def statement(
    database: Database,
    organization: str,
    period: str | tuple[date, date],
    *,
    scope: tuple[ScopeKind, str] = ("organization", ""),
    listener: Listener | None = None,
) -> Statement:
    """Of an organization, by id or name, or of a part of it, for a month or for days (the last is left out).

    `listener` is told of each booking of a call as it is read. Raises: Misconfigured for what is not there.
    """
    with database.reading() as connection:
        owner = organization_row(connection, organization)
        span = month(period, owner.time_zone) if isinstance(period, str) else days(*period, owner.time_zone)
        return of_span(connection, owner, span, _scope(connection, owner.id, *scope), listener)


def of_span(
    connection: Connection,
    owner: AnyRow,
    span: Span,
    scope: Scope,
    listener: Listener | None = None,
    *,
    closing: Closing | None = None,
) -> Statement:
    """`closing`: as if the month that ends there had been closed with it."""
    closed = closed_months(connection, owner.id) + (() if closing is None else (closing,))
    wallets = _wallets(connection, owner.id)
    windows = _windows(connection, owner.id, scope)
    balances = dict(wallets.values())
    book = Book(scope, span, closed, balances if scope.kind == "organization" else {})
    for row in _rows(connection, _first(connection, span, closed), wallets.keys(), windows):
        call = book.add(row)
        if call is not None and listener is not None:
            listener(row, call)
    return book.statement(organization_id=owner.id, organization=owner.name, time_zone=owner.time_zone)


def organization_row(connection: Connection, wanted: str) -> AnyRow:
    """By id or name. Raises: Misconfigured."""
    named = (organizations.c.id == wanted) | (organizations.c.name == wanted)
    columns = (organizations.c.id, organizations.c.name, organizations.c.time_zone)
    found = connection.execute(select(*columns).where(named)).first()
    if found is None:
        raise Misconfigured(f"there is no organization {wanted!r}")
    return found


def closed_months(connection: Connection, organization_id: str) -> tuple[Closing, ...]:
    columns = (closings.c.ends_at, closings.c.through_posting)
    of_it = select(*columns).where(closings.c.organization_id == organization_id)
    return tuple(Closing(*row) for row in connection.execute(of_it.order_by(closings.c.ends_at)))


def _first(connection: Connection, span: Span, closed: Iterable[Closing]) -> int:
    """The number that nothing of the period, and nothing after it, lies below."""
    late = [closing.through_posting + 1 for closing in closed if closing.ends_at <= span.starts_at]
    return min([seals.first_posting_since(connection, span.starts_at), *late[-1:]])


def _rows(connection: Connection, first: int, wallets: Iterable[int], windows: frozenset[int]) -> Iterator[Row]:
    ids = frozenset(wallets)
    ours = table.c.debit_account.in_(ids) | table.c.credit_account.in_(ids) | (table.c.kind == "transfer")
    for row in postings.scan(connection, _COLUMNS, after=first - 1, where=(ours,)):
        number, at, kind, amount, currency, basis, debit, credit = row
        wallet = (credit in ids) - (debit in ids)
        budget = (credit in windows) - (debit in windows)
        if kind != "transfer" or budget:
            yield Row(number, at, kind, amount, currency, None if basis is None else bytes(basis), wallet, budget)


def _wallets(connection: Connection, organization_id: str) -> dict[int, tuple[str, int]]:
    """Each wallet's currency, and what is in it now."""
    balance = accounts.c.credits_posted - accounts.c.debits_posted
    of_it = select(accounts.c.id, accounts.c.currency, balance).where(
        accounts.c.kind == "wallet", accounts.c.owner_id == organization_id
    )
    return {id_: (currency, int(left)) for id_, currency, left in connection.execute(of_it)}


def _windows(connection: Connection, organization_id: str, scope: Scope) -> frozenset[int]:
    """The accounts of all windows of the budgets that are the scope's own. A transfer within it moves nothing."""
    if scope.kind == "model":
        return frozenset()
    owners = {scope.id, *scope.departments} if scope.kind != "organization" else {organization_id}
    own = select(budgets.c.id).where(budgets.c.owner_id.in_(owners))
    of_them = select(accounts.c.id).where(accounts.c.kind == "budget", accounts.c.owner_id.in_(own))
    return frozenset(connection.execute(of_them).scalars())


def _scope(connection: Connection, organization_id: str, kind: ScopeKind, wanted: str) -> Scope:
    """Raises: Misconfigured if the organization has no such part."""
    if kind in {"organization", "model"}:
        return Scope(kind=kind, id=wanted, name=wanted)
    if kind == "token":
        named = select(tokens.c.id, tokens.c.name).where(
            tokens.c.organization_id == organization_id, (tokens.c.id == wanted) | (tokens.c.name == wanted)
        )
    else:
        named = select(nodes.c.id, nodes.c.name).where(
            nodes.c.organization_id == organization_id,
            nodes.c.kind == kind,
            (nodes.c.id == wanted) | (nodes.c.name == wanted),
        )
    found = connection.execute(named).fetchall()
    if len(found) != 1:
        raise Misconfigured(f"there {'is no' if not found else 'are several'} {kind} {wanted!r}: give its id")
    id_, name = found[0]
    below = _below(connection, organization_id, id_) if kind == "department" else frozenset()
    return Scope(kind=kind, id=id_, name=name, departments=below)


def _below(connection: Connection, organization_id: str, department_id: str) -> frozenset[str]:
    """A department and all departments below it, removed ones too."""
    columns = (nodes.c.id, nodes.c.parent_id)
    of_it = select(*columns).where(nodes.c.organization_id == organization_id, nodes.c.kind == "department")
    children: dict[str | None, list[str]] = {}
    for id_, parent_id in connection.execute(of_it):
        children.setdefault(parent_id, []).append(id_)
    found, waiting = set[str](), [department_id]
    while waiting:
        id_ = waiting.pop()
        found.add(id_)
        waiting += children.get(id_, [])
    return frozenset(found)
