"""Each hold ends once, and in time."""

from typing import Final

from sqlalchemy import Connection, literal, select, union_all

from waystation.adapters.sql.tables.ledger import holds, postings, releases
from waystation.ledger.verify import Report

GRACE_S: Final = 60.0  # the sweeper comes every second

# A bill that waited for the ledger in a journal may come after its hold has expired: it says so.
_LATE: Final = (releases.c.reason == "expired") & postings.c.marks.contains('"late"', autoescape=True)

_ENDED_TWICE: Final = union_all(
    select(releases.c.hold_id, literal("posted and ") + releases.c.reason)
    .join(postings, postings.c.hold_id == releases.c.hold_id)
    .where(~_LATE),
    select(holds.c.id, literal("open and posted")).join(postings, postings.c.hold_id == holds.c.id),
    select(holds.c.id, literal("open and ") + releases.c.reason).join(releases, releases.c.hold_id == holds.c.id),
)


def check(connection: Connection, report: Report, *, now: float, served: bool) -> None:
    for hold_id, ends in connection.execute(_ENDED_TWICE):
        report.differ("hold ended twice", hold_id, f"it is {ends}")
    if served:
        overdue = select(holds.c.id, holds.c.expires_at).where(holds.c.expires_at < now - GRACE_S)
        for hold_id, expires_at in connection.execute(overdue.order_by(holds.c.id)):
            report.differ("hold overdue", hold_id, f"it should have expired {now - expires_at:.0f} seconds ago")
    elif report.counts["open holds"]:
        report.notes.append(f"{report.counts['open holds']} holds were left open: the next start lets them expire")
