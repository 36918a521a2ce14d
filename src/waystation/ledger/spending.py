"""What has been spent of a budget in the window that is open, and the thresholds that it has passed."""

import msgspec

from waystation.ledger.budget import Window
from waystation.ledger.posting import Account
from waystation.wire.catalogue import Budget


class Spending(msgspec.Struct, frozen=True, kw_only=True):
    """`owner` is as an operator names it. `limit_nanos` has what was transferred in. `window` None: none is open."""

    owner: str
    budget: Budget
    window: Window | None
    limit_nanos: int
    spent_nanos: int = 0
    held_nanos: int = 0
    account_id: int | None = None

    @property
    def left_nanos(self) -> int:
        """Below zero where a budget only counts, or was lowered after it was spent."""
        return self.limit_nanos - self.spent_nanos - self.held_nanos

    def passed(self) -> tuple[int, ...]:
        """The thresholds, in percents, that what was spent has come to."""
        spent = self.spent_nanos * 100
        return tuple(percent for percent in self.budget.thresholds if 0 < self.limit_nanos * percent <= spent)


def spending_of(owner: str, budget: Budget, window: Window | None, found: tuple[int, Account] | None) -> Spending:
    """`found`: the window's account and its id; None as long as no call has opened it."""
    if found is None or window is None:
        return Spending(owner=owner, budget=budget, window=window, limit_nanos=budget.amount_nanos)
    account_id, account = found
    return Spending(
        owner=owner,
        budget=budget,
        window=window,
        limit_nanos=account.credits_posted,
        spent_nanos=account.debits_posted,
        held_nanos=account.debits_pending,
        account_id=account_id,
    )
