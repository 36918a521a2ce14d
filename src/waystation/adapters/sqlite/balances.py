"""Accounts as the writer sees them: read once, reckoned with in memory, written once per transaction.

Nobody commits between two of the writer's transactions without the writer noticing: see `Books.begin`. A statement for
each hold and account would cost twice as much, and let go of the interpreter's lock each time.
"""

import sqlite3
from dataclasses import dataclass
from typing import Final

from waystation.ledger.posting import AMOUNT_MAX

ACCOUNTS_MAX: Final = 50_000  # about 200 bytes each

# The guarded statement: what a transaction reserves and books on an account fits into it, or no row is touched.
_WRITE: Final = (
    "UPDATE accounts SET debits_pending = debits_pending + ?1, debits_posted = debits_posted + ?2, "
    "credits_posted = credits_posted + ?3"
    " WHERE id = ?4 AND (?1 + ?2 <= 0 OR kind = 'system'"
    " OR credits_posted + slack - debits_posted - debits_pending >= ?1 + ?2)"
)


@dataclass(slots=True)
class Balance:
    """An account in the open transaction: its limit, what is available, and what is not yet written of it."""

    id: int
    limit: int
    available: int
    pending: int = 0
    debits: int = 0
    credits: int = 0
    touched: bool = False


class Balances:
    """After a rollback, and after another process has written, `forget` must be called."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._execute = connection.cursor().execute
        self._known: dict[int, Balance] = {}
        self._chains: dict[tuple[int, ...], tuple[Balance, ...]] = {}  # those that calls name together
        self._touched: list[Balance] = []

    def of(self, account_id: int) -> Balance:
        balance = self._known.get(account_id)
        if balance is None:
            row = self._execute(
                "SELECT id, credits_posted + slack, credits_posted + slack - debits_posted - debits_pending"
                " FROM accounts WHERE id = ?",
                (account_id,),
            ).fetchone()
            balance = self._known[account_id] = Balance(*row)
        return balance

    def short_of(self, ids: tuple[int, ...], nanos: int) -> int | None:
        """The place of the first account that can't cover the amount, None if all can."""
        for place, balance in enumerate(self._all(ids)):
            if balance.available < nanos or nanos > AMOUNT_MAX:
                return place
        return None

    def spare(self, ids: tuple[int, ...]) -> int:
        return min(balance.available for balance in self._all(ids))

    def reserve(self, ids: tuple[int, ...], nanos: int) -> None:
        for balance in self._all(ids):
            if not balance.touched:
                self._touch(balance)
            balance.available -= nanos
            balance.pending += nanos

    def settle(self, ids: tuple[int, ...], held: int, booked: int) -> None:
        """What was held is free again, what was booked is gone."""
        free = held - booked
        for balance in self._all(ids):
            if not balance.touched:
                self._touch(balance)
            balance.available += free
            balance.pending -= held
            balance.debits += booked

    def earn(self, account_id: int, nanos: int) -> None:
        balance = self.of(account_id)
        if not balance.touched:
            self._touch(balance)
        balance.credits += nanos

    def write(self) -> None:
        """Raises: sqlite3.IntegrityError if an account would be overdrawn: then what was known was wrong."""
        for balance in self._touched:
            changes = (balance.pending, balance.debits, balance.credits, balance.id)
            if self._execute(_WRITE, changes).rowcount != 1:
                raise sqlite3.IntegrityError(f"account {balance.id} would be overdrawn")
            balance.limit += balance.credits
            balance.pending = balance.debits = balance.credits = 0
            balance.touched = False
        self._touched.clear()
        if len(self._known) > ACCOUNTS_MAX or len(self._chains) > ACCOUNTS_MAX:
            self._known.clear()
            self._chains.clear()

    def forget(self) -> None:
        self._known.clear()
        self._chains.clear()
        self._touched.clear()

    def _all(self, ids: tuple[int, ...]) -> tuple[Balance, ...]:
        return self._chains.get(ids) or self._find(ids)

    def _find(self, ids: tuple[int, ...]) -> tuple[Balance, ...]:
        balances = self._chains[ids] = tuple(map(self.of, ids))
        return balances

    def _touch(self, balance: Balance) -> None:
        balance.touched = True
        self._touched.append(balance)
