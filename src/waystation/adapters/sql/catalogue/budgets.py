"""Budgets, written; a change of one is carried into its windows that are still open.

The carrying comes last and in the order of the accounts' ids: holds lock several accounts in that order too, so that
neither ever waits for the other in a circle.
"""

from dataclasses import dataclass, field
from typing import Final

import msgspec
from sqlalchemy import Connection, and_, or_, select, update

from waystation.adapters.sql.catalogue.upsert import upsert
from waystation.adapters.sql.tables.catalogue import organizations
from waystation.adapters.sql.tables.ledger import accounts, budgets
from waystation.ledger.budget import window
from waystation.ledger.posting import AMOUNT_MAX, SOFT
from waystation.wire.catalogue import Budget

_text: Final = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class _Change:
    """What becomes of a budget's windows that begin at `since` or later. `more` may be negative."""

    budget: Budget
    since: int
    more: int


@dataclass(slots=True)
class BudgetWriter:
    """For one batch: `put` the budgets of owners, then `carry`."""

    connection: Connection
    at: int
    _changes: list[_Change] = field(default_factory=list)

    def put(self, owner_kind: str, owner_id: str, organization_id: str, wanted: tuple[Budget, ...]) -> None:
        """These are the owner's budgets from now on. Raises: ValueError for an amount that no account can have."""
        before = {row.id: row for row in self.connection.execute(select(budgets).where(budgets.c.owner_id == owner_id))}
        for position, budget in enumerate(wanted):
            if not 0 <= budget.amount_nanos <= AMOUNT_MAX:
                raise ValueError(f"{budget.amount_nanos} nanos is not an amount from 0 to {AMOUNT_MAX}")
            self._put(owner_kind, owner_id, position, budget)
            row = before.pop(budget.id, None)
            if row is not None and (row.amount, row.hard) != (budget.amount_nanos, budget.hard):
                self._note(budget, organization_id, budget.amount_nanos - row.amount)
        self._end(list(before))

    def carry(self) -> None:
        """What is already spent or reserved stays so: where that is more than the new amount, nothing is left."""
        if not self._changes:
            return
        changes = {change.budget.id: change for change in self._changes}
        windows = [
            and_(accounts.c.owner_id == change.budget.id, accounts.c.starts_at >= change.since)
            for change in changes.values()
        ]
        locked = select(accounts.c.id, accounts.c.owner_id).where(accounts.c.kind == "budget", or_(*windows))
        for row in self.connection.execute(locked.order_by(accounts.c.id).with_for_update()).all():
            change = changes[row.owner_id]
            self.connection.execute(
                update(accounts)
                .where(accounts.c.id == row.id)
                .values(credits_posted=accounts.c.credits_posted + change.more, slack=slack_of(change.budget))
            )

    def _put(self, owner_kind: str, owner_id: str, position: int, budget: Budget) -> None:
        fields = {
            "id": budget.id,
            "owner_kind": owner_kind,
            "owner_id": owner_id,
            "position": position,
            "amount": budget.amount_nanos,
            "currency": budget.currency,
            "period": budget.period,
            "hard": int(budget.hard),
            "thresholds": _text(budget.thresholds).decode(),
            "starts_on": budget.starts_on,
            "every": budget.every,
            "ends_on": budget.ends_on,
            "removed_at": None,
        }
        upsert(self.connection, budgets, "id", fields)

    def _note(self, budget: Budget, organization_id: str, more: int) -> None:
        zone = select(organizations.c.time_zone).where(organizations.c.id == organization_id)
        open_ = window(budget, self.connection.execute(zone).scalar_one(), self.at)
        if open_ is not None:
            self._changes.append(_Change(budget, open_.starts_at, more))

    def _end(self, ids: list[str]) -> None:
        """Its windows stay as they are: nobody asks for them any more, unless it comes back."""
        if ids:
            ended = update(budgets).where(budgets.c.id.in_(ids), budgets.c.removed_at.is_(None))
            self.connection.execute(ended.values(removed_at=self.at))


def slack_of(budget: Budget) -> int:
    return 0 if budget.hard else SOFT
