"""The windows of budgets, and the alerts that they have given."""

from collections.abc import Iterable
from typing import Final

import msgspec
from sqlalchemy import Connection, select
from sqlalchemy.dialects import postgresql, sqlite

from waystation.adapters.sql.tables.ledger import accounts, alerts
from waystation.ledger.posting import Account

_AT_ONCE: Final = 500  # names in one question


class Alert(msgspec.Struct, frozen=True):
    """A budget's window (which began at `starts_at`) had spent so many percents at the moment `at`."""

    budget_id: str
    starts_at: int
    threshold: int
    at: float


def read_windows(connection: Connection, keys: Iterable[tuple[str, int]]) -> dict[tuple[str, int], tuple[int, Account]]:
    """By budget's id and window's start: the account's id, and the account. One that no call has opened has none."""
    wanted = set(keys)
    ids = sorted({budget_id for budget_id, _ in wanted})
    found = {}
    for start in range(0, len(ids), _AT_ONCE):
        asked = accounts.c.owner_id.in_(ids[start : start + _AT_ONCE])
        for row in connection.execute(select(accounts).where(accounts.c.kind == "budget", asked)):
            if (row.owner_id, row.starts_at) in wanted:
                fields = {name: getattr(row, name) for name in Account.__struct_fields__}
                found[row.owner_id, row.starts_at] = (row.id, Account(**fields))
    return found


def note_alert(connection: Connection, account_id: int, threshold: int, at: float) -> bool:
    """Whether nobody has noted it before."""
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    row = insert(alerts).values(account_id=account_id, threshold=threshold, at=at)
    return connection.execute(row.on_conflict_do_nothing()).rowcount == 1


def read_noted(connection: Connection, account_ids: Iterable[int]) -> set[tuple[int, int]]:
    """The account and the threshold of each alert that these windows have given."""
    asked = select(alerts.c.account_id, alerts.c.threshold).where(alerts.c.account_id.in_(list(account_ids)))
    return {(row.account_id, row.threshold) for row in connection.execute(asked)}


def read_alerts(connection: Connection, *, limit: int) -> list[Alert]:
    """The newest first."""
    asked = (
        select(accounts.c.owner_id, accounts.c.starts_at, alerts.c.threshold, alerts.c.at)
        .join(accounts, accounts.c.id == alerts.c.account_id)
        .order_by(alerts.c.at.desc(), alerts.c.account_id, alerts.c.threshold.desc())
        .limit(limit)
    )
    return [Alert(*row) for row in connection.execute(asked)]
