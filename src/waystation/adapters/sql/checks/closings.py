"""Closed months: their figures are those that were given, and each goes on from the one before."""

from hashlib import sha256
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, select

from waystation.adapters.sql.tables.office import closings
from waystation.ledger.statement import Statement
from waystation.ledger.verify import Report

_decode: Final = msgspec.json.Decoder(Statement).decode


def check(connection: Connection, report: Report) -> None:
    before: tuple[Any, Statement] | None = None
    for row in connection.execute(select(closings).order_by(closings.c.organization_id, closings.c.ends_at)):
        subject = f"{row.organization_id} {row.month}"
        if sha256(row.figures.encode()).hexdigest() != row.digest:
            report.differ("closed month", subject, "its figures are not those that it was closed with")
            before = None
            continue
        figures = _decode(row.figures)
        if before is not None and before[0].organization_id == row.organization_id:
            _check_goes_on(report, subject, before[1], figures)
        before = (row, figures)


def _check_goes_on(report: Report, subject: str, earlier: Statement, later: Statement) -> None:
    if earlier.ends_at != later.starts_at:
        return
    ended = {one.currency: one.closing for one in earlier.figures}
    for one in later.figures:
        if one.currency in ended and one.opening != ended[one.currency]:
            report.differ("closed month", subject, f"it opens with {one.opening}, the one before closed with another")
