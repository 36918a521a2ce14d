"""How long call records and the sums by hour are kept, and deleting what is older: a little at a time.

Postings, statements and the sums by day stay. Each step is one small transaction on the call log alone, so that its
writer waits for milliseconds and calls for nothing.
"""

from math import nextafter
from pathlib import Path
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, func, select, update

from waystation.adapters.sql.engine import Database
from waystation.adapters.sql.export import DAY_S, export_day
from waystation.adapters.sql.partitions import drop_partitions, ends_of_months
from waystation.adapters.sql.tables.calls import calls as log
from waystation.adapters.sql.tables.calls import retention, usage_hours, watermark
from waystation.manifest.repository import KeptKind

Kind = KeptKind

OUTCOMES: Final[dict[str, tuple[str, ...]]] = {
    "ok": ("ok",),
    "failed": ("failed", "cut", "caller_gone"),
    "refused": ("refused",),
}
KINDS: Final[tuple[Kind, ...]] = ("ok", "failed", "refused", "hours")
STEP_ROWS: Final = 500
HOUR_S: Final = 3600
CALL_S_MAX: Final = 86_400  # a call may take no longer, so its posting is no further from its beginning


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """`days` None: kept for ever. `export_to`: the folder that records are written to before they are deleted.

    Up to `done_until` (Unix seconds) they were deleted.
    """

    kind: Kind
    days: int | None = None
    export_to: str | None = None
    done_until: float = 0

    def cutoff(self, now: float) -> float:
        """What began before this day is to go."""
        return 0.0 if self.days is None else (now // DAY_S - self.days) * DAY_S


def rules(connection: Connection) -> list[Rule]:
    """Of every kind, in order."""
    found = {row["kind"]: Rule(**row) for row in connection.execute(select(retention)).mappings()}
    return [found.get(kind) or Rule(kind=kind) for kind in KINDS]


def keep(connection: Connection, kind: Kind, days: int | None, export_to: str | None = None) -> None:
    """Within `Database.writing("calls")`. What was deleted stays so."""
    (rule,) = [each for each in rules(connection) if each.kind == kind]
    connection.execute(retention.delete().where(retention.c.kind == kind))
    if days is not None:
        values = {"kind": kind, "days": days, "export_to": export_to, "done_until": rule.done_until}
        connection.execute(retention.insert().values(values))


def kept_since(connection: Connection) -> float:
    """A posting made before then (Unix seconds) may be one whose call record was deleted."""
    since = connection.execute(select(watermark.c.kept_since)).scalar_one()
    return float(since) + CALL_S_MAX if since else 0.0


def delete_some(database: Database, now: float) -> bool:
    """One step; whether there may be more to do.

    Raises: Misconfigured if records can't be exported, StoreUnavailable.
    """
    if not _deleted_some(database, now):
        return False
    database.checkpoint("calls")  # a server that has little to write would let the log of deletions grow
    return True


def _deleted_some(database: Database, now: float) -> bool:
    with database.reading() as connection:
        found = rules(connection)
    _remember(database, found, now)
    if database.dialect == "postgresql" and _drop_month(database, found, now):
        return True
    for rule in found:
        cutoff = rule.cutoff(now)
        if rule.kind == "hours":
            if cutoff and _delete_hour(database, cutoff):
                return True
        elif rule.done_until < nextafter(cutoff, 0):
            _delete_records(database, rule, cutoff)
            return True
    return False


def _remember(database: Database, found: list[Rule], now: float) -> None:
    """Before anything is deleted: what is gone is neither missed nor rebuilt. No posting is of a refused call."""
    since = max(rule.cutoff(now) for rule in found if rule.kind in {"ok", "failed"})
    with database.reading() as connection:
        if connection.execute(select(watermark.c.kept_since)).scalar_one() >= since:
            return
    with database.writing("calls") as connection:
        connection.execute(update(watermark).values(kept_since=since))


def _delete_records(database: Database, rule: Rule, cutoff: float) -> None:
    """The next rows in time, of which those of this kind go."""
    if rule.export_to is not None:
        cutoff = _export_next(database, rule, cutoff, Path(rule.export_to))
    later = log.c.at > rule.done_until
    with database.writing("calls") as connection:
        ends = select(log.c.at).where(later, log.c.at < cutoff).order_by(log.c.at).offset(STEP_ROWS - 1).limit(1)
        end = connection.execute(ends).scalar()
        end = nextafter(cutoff, 0) if end is None else end
        gone = log.delete().where(later, log.c.at <= end, log.c.outcome.in_(OUTCOMES[rule.kind]))
        connection.execute(gone)
        _mark(connection, rule.kind, end)


def _export_next(database: Database, rule: Rule, cutoff: float, folder: Path) -> float:
    """See to it that the next day with records is exported; its end."""
    with database.reading() as connection:
        first = select(func.min(log.c.at)).where(log.c.at > rule.done_until, log.c.at < cutoff)
        at = connection.execute(first).scalar()
    if at is None:
        return cutoff
    day = at // DAY_S * DAY_S
    export_day(database, day, folder, kind=rule.kind, outcomes=OUTCOMES[rule.kind])
    return float(day + DAY_S)


def _drop_month(database: Database, found: list[Rule], now: float) -> bool:
    """A month of which nothing is kept any more goes as a whole, a day late: ids are not told to be at their time."""
    kinds = [rule for rule in found if rule.kind in OUTCOMES]
    with database.reading() as connection:
        over = [end for end in ends_of_months(connection) if end + DAY_S <= min(rule.cutoff(now) for rule in kinds)]
    if not over:
        return False
    for rule in kinds:
        done = rule.done_until
        while rule.export_to is not None and done < over[0]:
            ahead = msgspec.structs.replace(rule, done_until=nextafter(done, 0))
            done = _export_next(database, ahead, over[0] + DAY_S, Path(rule.export_to))
    with database.writing("calls") as connection:
        drop_partitions(connection, over[0])
        for rule in kinds:
            _mark(connection, rule.kind, max(rule.done_until, nextafter(over[0], 0)))
    return True


def _delete_hour(database: Database, cutoff: float) -> bool:
    with database.writing("calls") as connection:
        first = connection.execute(select(func.min(usage_hours.c.hour))).scalar()
        if first is None or first >= cutoff:
            return False
        connection.execute(usage_hours.delete().where(usage_hours.c.hour == first))
        end = float(first + HOUR_S)
        connection.execute(update(watermark).where(watermark.c.summed_since < end).values(summed_since=end))
        return True


def _mark(connection: Connection, kind: str, until: float) -> None:
    values: dict[str, Any] = {"done_until": until}
    connection.execute(update(retention).where(retention.c.kind == kind).values(values))
