"""Postings and call records say the same: each bill, with its corrections, is its record's amount."""

from collections.abc import Iterator
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, and_, case, cast, func, or_, select
from sqlalchemy.dialects.postgresql import JSONB

from waystation.adapters.sql.retention import kept_since
from waystation.adapters.sql.tables.calls import calls, watermark
from waystation.adapters.sql.tables.ledger import postings
from waystation.ledger.verify import Report

_ORIGINAL: Final = postings.alias("original")
_SIGNED: Final = case(
    (postings.c.debit_account == _ORIGINAL.c.debit_account, postings.c.amount), else_=-postings.c.amount
)

# By how much each corrected posting was corrected; there are few.
_CORRECTIONS: Final = (
    select(postings.c.corrects.label("id"), func.sum(_SIGNED).label("more"))
    .join(_ORIGINAL, _ORIGINAL.c.id == postings.c.corrects)
    .where(postings.c.corrects.is_not(None))
    .group_by(postings.c.corrects)
    .subquery("corrections")
)


def check(connection: Connection, report: Report) -> None:
    _check_corrections(connection, report)
    _check_once(connection, report)
    _check_recorded(connection, report)
    _check_billed(connection, report)


def _check_corrections(connection: Connection, report: Report) -> None:
    total = _ORIGINAL.c.amount + _CORRECTIONS.c.more
    wrong = select(_ORIGINAL.c.id, total).join(_CORRECTIONS, _CORRECTIONS.c.id == _ORIGINAL.c.id).where(total < 0)
    for posting_id, left in connection.execute(wrong):
        report.differ("correction", posting_id, f"it was corrected to {left}, below nothing")
    orphans = select(postings.c.id).where(
        postings.c.corrects.is_not(None), postings.c.corrects.not_in(select(_ORIGINAL.c.id))
    )
    for posting_id in connection.execute(orphans).scalars():
        report.differ("correction", posting_id, "what it corrects is not there")


def _check_once(connection: Connection, report: Report) -> None:
    twice = (
        select(postings.c.call_id, func.count())
        .where(postings.c.call_id.is_not(None))
        .group_by(postings.c.call_id)
        .having(func.count() > 1)
    )
    for call_id, count in connection.execute(twice):
        report.differ("billed twice", call_id, f"it has {count} postings")


def _check_recorded(connection: Connection, report: Report) -> None:
    """The call log's moment may be older than the ledger's: what was posted last may have no record yet.

    Nor has what is older than retention keeps.
    """
    (mark,) = connection.execute(select(watermark.c.posting_id)).one()
    behind = 0
    for posting_id, call_id, amount, recorded in _unrecorded(connection):
        if recorded is not None:
            report.differ("record", call_id, f"it says {recorded}, posting {posting_id} says {amount}")
        elif posting_id > mark and call_id is not None:
            behind += 1
        else:
            report.differ("record missing", call_id or posting_id, f"posting {posting_id} has no call record")
    if behind:
        report.notes.append(
            f"{behind} postings have no call record yet: it is being written, or the next start does it"
        )


def _unrecorded(connection: Connection) -> Iterator[Any]:
    amount = postings.c.amount + func.coalesce(_CORRECTIONS.c.more, 0)
    joined = postings.outerjoin(calls, calls.c.call_id == postings.c.call_id).outerjoin(
        _CORRECTIONS, _CORRECTIONS.c.id == postings.c.id
    )
    missing = and_(calls.c.amount_nanos.is_(None), postings.c.at >= kept_since(connection))
    wrong = or_(missing, calls.c.amount_nanos != amount)
    yield from connection.execute(
        select(postings.c.id, postings.c.call_id, amount, calls.c.amount_nanos)
        .select_from(joined)
        .where(postings.c.kind.in_(("usage", "estimated")), wrong)
        .order_by(postings.c.id)
    )


def _check_billed(connection: Connection, report: Report) -> None:
    unbilled = (
        select(calls.c.call_id, calls.c.amount_nanos)
        .outerjoin(postings, postings.c.call_id == calls.c.call_id)
        .where(
            postings.c.id.is_(None),
            or_(calls.c.amount_nanos != 0, and_(calls.c.outcome == "ok", _has_price(connection))),
        )
    )
    for call_id, amount in connection.execute(unbilled):
        report.differ("posting missing", call_id, f"its record says {amount}, but nothing was posted")


def _has_price(connection: Connection) -> ColumnElement[bool]:
    if connection.dialect.name == "sqlite":
        return func.json_extract(calls.c.record, "$.price").is_not(None)
    return cast(calls.c.record, JSONB)["price"].is_not(None)
