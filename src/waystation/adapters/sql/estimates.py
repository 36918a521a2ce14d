"""Estimated postings whose calls' real usage a vendor's bill has told."""

from collections.abc import Iterator
from typing import Any, Final

import msgspec
from sqlalchemy import Row, select

from waystation.adapters.sql.bulk import batches
from waystation.adapters.sql.engine import Database
from waystation.adapters.sql.reconcile import differences, find_run
from waystation.adapters.sql.tables.ledger import postings
from waystation.ledger.reconcile.correction import due_nanos
from waystation.wire.record import CallRecord
from waystation.wire.usage import Usage

ASKED: Final = 500  # postings are found by their calls in one look through all of them


class Estimate(msgspec.Struct, frozen=True, kw_only=True):
    """An estimated posting whose call's real usage is known now. `due_nanos` is what it should come to in all."""

    call_id: str
    organization_id: str
    posting_id: int
    currency: str
    booked_nanos: int
    due_nanos: int


def estimates(database: Database, run_id: str) -> Iterator[Estimate]:
    """What a run found of estimated calls. One that was never booked has nothing to put right.

    Raises: Misconfigured if there is no such run.
    """
    find_run(database, run_id)
    told = (
        (difference.calls[0], difference.usage)
        for difference in differences(database, run_id)
        if difference.kind == "estimated" and difference.usage is not None
    )
    for batch in batches(told, ASKED):
        usages = dict(batch)
        query = select(postings).where(postings.c.kind == "estimated", postings.c.call_id.in_(usages))
        with database.reading() as connection:
            rows = connection.execute(query.order_by(postings.c.id)).all()
        yield from filter(None, (_estimate(row, usages[row.call_id]) for row in rows))


def _estimate(row: Row[Any], told: Usage) -> Estimate | None:
    basis = msgspec.json.decode(row.basis, type=CallRecord)
    if basis.usage is None or basis.price is None:
        return None
    return Estimate(
        call_id=row.call_id,
        organization_id=basis.organization_id,
        posting_id=row.id,
        currency=row.currency,
        booked_nanos=row.amount,
        due_nanos=due_nanos(basis.usage, told, basis.price),
    )
