"""Accounts for bookings by hand: found, opened, locked, and moved between by one guarded statement.

On PostgreSQL whoever books first says so (`begin`), and then locks accounts in the order of their ids, as those do who
book for calls: so nobody waits for another in a circle.
"""

from collections.abc import Collection
from typing import Any, Final

from sqlalchemy import Connection, Table, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from waystation.adapters.sql import locks
from waystation.adapters.sql.tables.ledger import accounts, postings
from waystation.adapters.sql.types import AnyRow
from waystation.ledger.posting import AMOUNT_MAX, Account, AccountKind
from waystation.wire.errors import NotBooked
from waystation.wire.money import Money

_KEY: Final = ("kind", "owner_id", "currency", "period", "starts_at")
_TOTALS: Final = ("credits_posted", "debits_posted", "debits_pending", "slack")


def begin(connection: Connection) -> None:
    """Say that a posting is on its way: no seal is set between its number and its commit."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock_shared({locks.POSTING})")


def find(connection: Connection, account: Account) -> int | None:
    """The id of the account of that kind, owner, currency and window."""
    there = [accounts.c[name] == getattr(account, name) for name in _KEY]
    return connection.execute(select(accounts.c.id).where(*there)).scalar()


def find_or_open(connection: Connection, account: Account) -> int:
    """Its id; if it is new, it is opened with the totals that are given."""
    found = find(connection, account)
    if found is not None:
        return found
    insert_new(connection, accounts, {name: getattr(account, name) for name in (*_KEY, *_TOTALS)}, _KEY)
    opened = find(connection, account)
    assert opened is not None
    return opened


def system(connection: Connection, name: str, currency: str) -> int:
    return find_or_open(connection, Account(kind="system", owner_id=name, currency=currency))


def wallet_of(connection: Connection, organization_id: str, currency: str) -> int:
    """Raises: NotBooked if there is none."""
    found = find(connection, _wallet(organization_id, currency))
    if found is None:
        raise NotBooked(f"{organization_id!r} has no wallet in {currency}: a top-up opens one")
    return found


def open_wallet(connection: Connection, organization_id: str, currency: str) -> int:
    """The wallet's id, opened with nothing in it if it is new."""
    return find_or_open(connection, _wallet(organization_id, currency))


def lock(connection: Connection, ids: Collection[int]) -> dict[int, Account]:
    """The accounts as they are until the end of the transaction."""
    columns = [accounts.c[name] for name in ("id", *_KEY, *_TOTALS)]
    wanted = select(*columns).where(accounts.c.id.in_(ids)).order_by(accounts.c.id).with_for_update()
    return {row.id: account_of(row) for row in connection.execute(wanted)}


def account_of(row: AnyRow) -> Account:
    kind: AccountKind = row.kind
    return Account(kind=kind, **{name: getattr(row, name) for name in (*_KEY[1:], *_TOTALS)})


def move(connection: Connection, fields: dict[str, Any]) -> int:
    """Book a posting and both of its sides; its id. `fields` are those of the posting that say something.

    Raises: NotBooked if the account that gives would be overdrawn, or the other could hold no more.
    """
    amount = fields["amount"]
    gives, takes = fields["debit_account"], fields["credit_account"]
    spare = accounts.c.credits_posted + accounts.c.slack - accounts.c.debits_posted - accounts.c.debits_pending
    debited = update(accounts).where(accounts.c.id == gives, (accounts.c.kind == "system") | (spare >= amount))
    if connection.execute(debited.values(debits_posted=accounts.c.debits_posted + amount)).rowcount != 1:
        raise NotBooked(f"{Money(amount, fields['currency'])} are not there to be taken")
    credited = update(accounts).where(accounts.c.id == takes, accounts.c.credits_posted <= AMOUNT_MAX - amount)
    if connection.execute(credited.values(credits_posted=accounts.c.credits_posted + amount)).rowcount != 1:
        raise NotBooked(f"no account can hold {Money(amount, fields['currency'])} more")
    posting = {"held": 0, "chain": "[]", "shortfall": 0, "marks": "[]"} | fields
    return int(connection.execute(insert(postings).values(posting).returning(postings.c.id)).scalar_one())


def insert_new(connection: Connection, table: Table, row: dict[str, Any], key: Collection[str]) -> bool:
    """Insert, if nobody has; whether it was inserted. On PostgreSQL it waits for one who is just doing so."""
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    statement = dialect.insert(table).values(row).on_conflict_do_nothing(index_elements=list(key))
    return connection.execute(statement).rowcount == 1


def _wallet(organization_id: str, currency: str) -> Account:
    return Account(kind="wallet", owner_id=organization_id, currency=currency)
