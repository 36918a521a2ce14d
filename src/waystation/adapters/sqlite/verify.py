"""`ledger verify`: recompute from the postings all that the books say. Only reads; the server may run meanwhile."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from time import time
from typing import Any, Final

import msgspec

from waystation.adapters.sqlite import accounts
from waystation.adapters.sqlite.connection import connect_reader, require
from waystation.adapters.sqlite.lock import is_served
from waystation.ledger.verify import Report, bill_difference
from waystation.wire.record import CallRecord

GRACE_S: Final = 60.0  # the sweeper comes every second

_read_basis: Final = msgspec.json.Decoder(CallRecord).decode

_TOTALS: Final = """
SELECT a.id, a.kind, a.credits_posted, coalesce(c.total, 0), a.debits_posted, coalesce(d.total, 0),
       a.debits_pending, coalesce(h.total, 0)
FROM accounts AS a
LEFT JOIN (SELECT credit_account AS id, sum(amount) AS total FROM postings GROUP BY 1) AS c USING (id)
LEFT JOIN (
  SELECT debit_account AS id, sum(amount) AS total FROM postings GROUP BY 1
  UNION ALL
  SELECT link.value, sum(amount) FROM postings, json_each(chain) AS link
  WHERE link.value <> debit_account GROUP BY 1
) AS d USING (id)
LEFT JOIN (
  SELECT link.value AS id, sum(amount) AS total FROM holds, json_each(chain) AS link GROUP BY 1
) AS h USING (id)
"""

_CURRENCIES: Final = """
SELECT currency, sum(credits_posted) - sum(debits_posted) FROM accounts WHERE kind <> 'budget' GROUP BY 1
"""

# A posting moves money between two accounts of its own currency, from the one wallet of its chain.
_MISPLACED: Final = """
SELECT p.id FROM postings AS p
JOIN accounts AS d ON d.id = p.debit_account JOIN accounts AS c ON c.id = p.credit_account
WHERE d.currency <> p.currency OR c.currency <> p.currency OR d.id = c.id
   OR (p.kind = 'opening') <> (p.hold_id IS NULL)
   OR (p.kind <> 'opening' AND p.debit_account NOT IN (SELECT value FROM json_each(p.chain)))
"""

_ENDED_TWICE: Final = """
SELECT hold_id, 'posted and ' || reason FROM releases JOIN postings USING (hold_id)
UNION ALL SELECT holds.id, 'open and posted' FROM holds JOIN postings ON hold_id = holds.id
UNION ALL SELECT holds.id, 'open and ' || reason FROM holds JOIN releases ON hold_id = holds.id
"""

_OVERDUE: Final = "SELECT id, expires_at FROM holds WHERE expires_at < ? ORDER BY id"

_BILLS: Final = "SELECT id, held, amount, shortfall, basis FROM postings WHERE kind <> 'opening' ORDER BY id"

_BILLED_TWICE: Final = "SELECT call_id, count(*) FROM postings WHERE call_id IS NOT NULL GROUP BY 1 HAVING count(*) > 1"

_UNRECORDED: Final = """
SELECT p.id, p.call_id, p.amount, c.amount_nanos, p.id > (SELECT posting_id FROM log.watermark)
FROM postings AS p LEFT JOIN log.calls AS c ON c.call_id = p.call_id
WHERE p.kind <> 'opening' AND c.amount_nanos IS NOT p.amount
"""

_UNBILLED: Final = """
SELECT c.call_id, c.amount_nanos FROM log.calls AS c LEFT JOIN postings AS p ON p.call_id = c.call_id
WHERE p.id IS NULL AND (c.amount_nanos <> 0 OR (c.outcome = 'ok' AND json_extract(c.record, '$.price') IS NOT NULL))
"""


def verify(ledger_path: Path, calls_path: Path, *, now: float | None = None) -> Report:
    """Every difference between what is stored and what follows from the postings. `now` is Unix seconds.

    Raises: Misconfigured if a file is missing, sqlite3.Error if one can't be read.
    """
    require(calls_path)
    served = is_served(ledger_path.parent)
    with closing(connect_reader(ledger_path)) as connection:
        connection.execute("ATTACH ? AS log", (str(calls_path),))
        connection.execute("BEGIN")
        report = Report()
        # Each file is one snapshot. The records' is the older one: what they tell of is in the ledger's.
        for what, table in (("calls", "log.calls"), ("postings", "postings"), ("accounts", "accounts")):
            (report.counts[what],) = connection.execute(f"SELECT count(*) FROM {table}").fetchone()  # noqa: S608 - constants
        (report.counts["open holds"],) = connection.execute("SELECT count(*) FROM holds").fetchone()
        _check_accounts(connection, report)
        _check_holds(connection, report, now=time() if now is None else now, served=served)
        _check_bills(connection, report)
        _check_records(connection, report)
    return report


def _check_accounts(connection: sqlite3.Connection, report: Report) -> None:
    for currency, rest in connection.execute(_CURRENCIES):
        if rest:
            report.differ("sum", currency, f"the accounts come to {rest}, not to 0")
    for row in connection.execute(_TOTALS).fetchall():
        account_id, kind, *totals = row
        credited, credits_, debited, debits, pending, held = totals
        account = accounts.read(connection, account_id)
        if kind != "budget" and credited != credits_:
            report.differ("credits", account.name, f"{credited} are stored, its postings come to {credits_}")
        if debited != debits:
            report.differ("debits", account.name, f"{debited} are stored, its postings come to {debits}")
        if pending != held:
            report.differ("pending", account.name, f"{pending} are stored, its open holds come to {held}")
        if kind == "wallet" and account.available < 0:
            report.differ("overdrawn", account.name, f"{account.available} are left")
        if kind == "budget" and account.available < 0:
            report.notes.append(f"{account.name} was lowered below what was spent: {account.available} are left")
    for (posting_id,) in connection.execute(_MISPLACED):
        report.differ("misplaced", posting_id, "its accounts, its currency and its hold do not belong together")


def _check_holds(connection: sqlite3.Connection, report: Report, *, now: float, served: bool) -> None:
    for hold_id, ends in connection.execute(_ENDED_TWICE):
        report.differ("hold ended twice", hold_id, f"it is {ends}")
    overdue = connection.execute(_OVERDUE, (now - GRACE_S,)).fetchall()
    if served:
        for hold_id, expires_at in overdue:
            report.differ("hold overdue", hold_id, f"it should have expired {now - expires_at:.0f} seconds ago")
    elif report.counts["open holds"]:
        report.notes.append(f"{report.counts['open holds']} holds were left open: the next start lets them expire")


def _check_bills(connection: sqlite3.Connection, report: Report) -> None:
    for posting_id, message in _bills(connection.execute(_BILLS)):
        report.differ("bill", posting_id, message)
    for call_id, count in connection.execute(_BILLED_TWICE):
        report.differ("billed twice", call_id, f"it has {count} postings")


def _bills(rows: Iterator[tuple[Any, ...]]) -> Iterator[tuple[int, str]]:
    for posting_id, held, booked, shortfall, raw in rows:
        try:
            basis = _read_basis(raw or b"")
        except msgspec.DecodeError as error:
            yield posting_id, f"its basis can't be read: {error}"
            continue
        message = bill_difference(basis, held_nanos=held, booked_nanos=booked, shortfall_nanos=shortfall)
        if message is not None:
            yield posting_id, message


def _check_records(connection: sqlite3.Connection, report: Report) -> None:
    behind = 0
    for posting_id, call_id, amount, recorded, is_young in connection.execute(_UNRECORDED):
        if recorded is not None:
            report.differ("record", call_id, f"it says {recorded}, posting {posting_id} says {amount}")
        elif is_young and call_id is not None:
            behind += 1
        else:
            report.differ("record missing", call_id or posting_id, f"posting {posting_id} has no call record")
    if behind:
        report.notes.append(
            f"{behind} postings have no call record yet: it is being written, or the next start does it"
        )
    for call_id, amount in connection.execute(_UNBILLED):
        report.differ("posting missing", call_id, f"its record says {amount}, but nothing was posted")
