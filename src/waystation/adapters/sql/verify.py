"""`ledger verify`: recompute from the postings all that the books say. Only reads; servers may run meanwhile.

The postings are read once, in order: what each account comes to is added up, every bill is reckoned again, every sealed
block is hashed. What it keeps in memory grows with the accounts and the open holds, not with the postings.
"""

from typing import Final

from sqlalchemy import Connection, func, select

from waystation.adapters.sql import seals
from waystation.adapters.sql.checks import accounts, calls, closings, holds
from waystation.adapters.sql.checks.postings import Reader
from waystation.adapters.sql.engine import Database
from waystation.adapters.sql.postings import scan
from waystation.adapters.sql.tables import calls as log
from waystation.adapters.sql.tables import ledger
from waystation.ledger.seal import SEALED_COLUMNS, Fault, Seal
from waystation.ledger.verify import Report

_COLUMNS: Final = tuple(ledger.postings.c[name] for name in SEALED_COLUMNS)


def verify(database: Database, *, now: float, served: bool) -> Report:
    """Every difference between what is stored and what follows from the postings. `now` is Unix seconds.

    `served`: whether a server runs that ends overdue holds. Raises: Misconfigured if a file is missing.
    """
    report = Report()
    with database.reading() as connection:
        _count(connection, report)
        reader = Reader(connection, report)
        inspector = seals.Inspector(connection, lambda seal, fault: _tell(report, seal, fault))
        for row in scan(connection, _COLUMNS, after=_BEFORE_ALL):
            inspector.add(seals.sealed_row(row))
            reader.read(row)
        inspector.finish()
        accounts.check(connection, report, reader.sums)
        holds.check(connection, report, now=now, served=served)
        calls.check(connection, report)
        closings.check(connection, report)
    _note_head(report, inspector)
    return report


_BEFORE_ALL: Final = -(2**62)  # a number that was slipped in below the first is seen too


def _count(connection: Connection, report: Report) -> None:
    counted = {
        "calls": log.calls,
        "postings": ledger.postings,
        "accounts": ledger.accounts,
        "open holds": ledger.holds,
    }
    for what, table in counted.items():
        report.counts[what] = connection.execute(select(func.count()).select_from(table)).scalar_one()


def _tell(report: Report, seal: Seal, fault: Fault) -> None:
    if fault.posting_id is None:
        report.differ("seal", f"block {seal.number}", fault.message)
    else:
        report.differ("sealed posting", fault.posting_id, f"{fault.message} (block {seal.number})")


def _note_head(report: Report, inspector: seals.Inspector) -> None:
    head: Seal | None = inspector.head
    report.counts["seals"] = inspector.blocks
    if head is not None:
        report.notes.append(f"sealed up to posting {head.last_posting}, seal {head.number}: {head.hash.hex()}")
