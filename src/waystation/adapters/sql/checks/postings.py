"""Each posting by itself: its accounts, its bill, what it corrects; and what all come to."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Final

import msgspec
from sqlalchemy import Connection, select

from waystation.adapters.sql.tables import ledger
from waystation.adapters.sql.types import AnyRow
from waystation.ledger.posting import COSTS, PAYABLES
from waystation.ledger.verify import Report, bill_difference
from waystation.wire.record import CallRecord

_read_basis: Final = msgspec.json.Decoder(CallRecord).decode
_read_ids: Final = msgspec.json.Decoder(tuple[int, ...]).decode

# From and to which kinds of accounts each kind of posting goes; a correction also the other way round.
_WAYS: Final = {
    "opening": ("equity", "wallet"),
    "topup": ("cash", "wallet"),
    "gift": ("gifts", "wallet"),
    "gift_expired": ("wallet", "gifts"),
    "usage": ("wallet", "revenue"),
    "estimated": ("wallet", "revenue"),
    "refund": ("wallet", "cash"),
    "transfer": ("budget", "budget"),
    "upstream_cost": (COSTS, PAYABLES),
}
_BILLS: Final = frozenset({"usage", "estimated"})
_EITHER_WAY: Final = frozenset({"correction", "upstream_cost"})


@dataclass(slots=True)
class Sums:
    """What the postings say of each account. `counted` is of budgets: what calls below them came to."""

    credits: defaultdict[int, int] = field(default_factory=lambda: defaultdict(int))
    debits: defaultdict[int, int] = field(default_factory=lambda: defaultdict(int))
    counted: defaultdict[int, int] = field(default_factory=lambda: defaultdict(int))


class Reader:
    """Fed every posting in order."""

    def __init__(self, connection: Connection, report: Report) -> None:
        self.sums = Sums()
        self._report = report
        self._kinds: dict[int, tuple[str, str]] = {}  # account -> its kind (a system account's name), and currency
        self._connection = connection

    def read(self, row: AnyRow) -> None:
        chain = _read_ids(row.chain)
        self.sums.debits[row.debit_account] += row.amount
        self.sums.credits[row.credit_account] += row.amount
        debited, credited = self._kind(row.debit_account), self._kind(row.credit_account)
        signed = -row.amount if row.kind == "correction" and credited[0] == "wallet" else row.amount
        for account_id in chain:
            if account_id not in {row.debit_account, row.credit_account}:
                self.sums.counted[account_id] += signed
        if not _is_placed(row, debited, credited, chain):
            self._report.differ("misplaced", row.id, "its accounts, its currency and its hold do not belong together")
        if row.kind in _BILLS:
            self._bill(row)

    def _bill(self, row: AnyRow) -> None:
        try:
            basis = _read_basis(row.basis or b"")
        except msgspec.DecodeError as error:
            self._report.differ("bill", row.id, f"its basis can't be read: {error}")
            return
        message = bill_difference(basis, held_nanos=row.held, booked_nanos=row.amount, shortfall_nanos=row.shortfall)
        if message is not None:
            self._report.differ("bill", row.id, message)

    def _kind(self, account_id: int) -> tuple[str, str]:
        known = self._kinds.get(account_id)
        if known is None:
            columns = (ledger.accounts.c.kind, ledger.accounts.c.owner_id, ledger.accounts.c.currency)
            row = self._connection.execute(select(*columns).where(ledger.accounts.c.id == account_id)).first()
            known = ("none", "") if row is None else (row.owner_id if row.kind == "system" else row.kind, row.currency)
            self._kinds[account_id] = known
        return known


def _is_placed(row: AnyRow, debited: tuple[str, str], credited: tuple[str, str], chain: tuple[int, ...]) -> bool:
    if not debited[1] == credited[1] == row.currency or row.debit_account == row.credit_account:
        return False
    if (row.kind in _BILLS) != (row.hold_id is not None) or (row.kind == "correction") != (row.corrects is not None):
        return False
    if row.kind in _BILLS and row.debit_account not in chain:
        return False
    way = (debited[0], credited[0])
    ways = set(_WAYS.values()) if row.kind == "correction" else {_WAYS.get(row.kind)}
    return way in ways or (row.kind in _EITHER_WAY and way[::-1] in ways)
