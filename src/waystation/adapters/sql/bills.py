"""Vendors' bills: mappings under names, bills with their rows, read by request or by day."""

from collections.abc import Iterable, Iterator
from typing import Any, Final

import msgspec
from sqlalchemy import ColumnElement, Connection, RowMapping, delete, func, insert, select, update

from waystation.adapters.sql.bulk import batches, insert_rows
from waystation.adapters.sql.engine import Database
from waystation.adapters.sql.tables.reconcile import (
    reconcile_differences,
    reconcile_runs,
    vendor_bills,
    vendor_mappings,
    vendor_rows,
)
from waystation.ledger.reconcile.mapping import Mapping
from waystation.ledger.reconcile.words import Line
from waystation.wire.errors import Misconfigured

# On SQLite a batch keeps calls from booking for some milliseconds, on PostgreSQL nobody from anything. Rows are for
# nobody to see until the last is there.
BATCH: Final = 1000
BATCH_ON_POSTGRES: Final = 20_000
_COLUMNS: Final = tuple(column.name for column in vendor_rows.columns)


class Bill(msgspec.Struct, frozen=True, kw_only=True):
    """A bill that was loaded. `mapping` is the name of the one that it was read by, `read_by` what that said then."""

    id: str
    upstream: str
    mapping: str
    file_name: str
    sha256: str
    loaded_at: float
    rows: int
    first_day: str | None
    last_day: str | None
    read_by: Mapping


def save_mapping(database: Database, name: str, mapping: Mapping, *, at: float) -> None:
    """Keep it under this name, in place of what stood there. Bills keep what they were read by."""
    body = msgspec.json.encode(mapping).decode()
    with database.writing() as connection:
        connection.execute(delete(vendor_mappings).where(vendor_mappings.c.name == name))
        connection.execute(insert(vendor_mappings).values(name=name, body=body, saved_at=at))


def mappings(database: Database) -> dict[str, Mapping]:
    with database.reading() as connection:
        rows = connection.execute(select(vendor_mappings).order_by(vendor_mappings.c.name)).mappings()
        return {row["name"]: msgspec.json.decode(row["body"], type=Mapping) for row in rows}


def load(database: Database, bill: Bill, lines: Iterable[Line]) -> Bill:
    """Keep a bill and its rows; what it came to. A load that was broken off is begun anew.

    Raises: Misconfigured if this file was loaded already.
    """
    _begin(database, bill)
    count, days = 0, _Days()
    for batch in batches(lines, BATCH if database.dialect == "sqlite" else BATCH_ON_POSTGRES):
        count += len(batch)
        days.see(batch)
        with database.writing() as connection:
            insert_rows(connection, vendor_rows, [_row(bill.id, line) for line in batch], _COLUMNS)
    known = {"row_total": count, "first_day": days.first, "last_day": days.last}
    with database.writing() as connection:
        connection.execute(update(vendor_bills).where(vendor_bills.c.id == bill.id).values(**known))
    return msgspec.structs.replace(bill, rows=count, first_day=days.first, last_day=days.last)


def bills(database: Database) -> list[Bill]:
    """Those that were loaded to their end, oldest first."""
    query = select(vendor_bills).where(vendor_bills.c.row_total.is_not(None)).order_by(vendor_bills.c.loaded_at)
    with database.reading() as connection:
        return [_bill(row) for row in connection.execute(query).mappings()]


def find_bill(connection: Connection, bill_id: str) -> Bill:
    """Raises: Misconfigured if there is none."""
    query = select(vendor_bills).where(vendor_bills.c.id == bill_id, vendor_bills.c.row_total.is_not(None))
    row = connection.execute(query).mappings().one_or_none()
    if row is None:
        raise Misconfigured(f"there is no bill {bill_id!r}: `waystation reconcile bills` lists them")
    return _bill(row)


def drop_bill(database: Database, bill_id: str) -> None:
    """Forget a bill, with its runs, so that the same file can be loaded by another mapping. Raises: Misconfigured."""
    with database.reading() as connection:
        find_bill(connection, bill_id)
    _erase(database, bill_id)


def lines_by_request(connection: Connection, bill_id: str) -> Iterator[Line]:
    """Sorted by request id, byte by byte, those without one first."""
    order = func.coalesce(vendor_rows.c.request_id, "")
    return _lines(connection, bill_id, order.collate("C") if connection.dialect.name == "postgresql" else order)


def lines_by_day(connection: Connection, bill_id: str) -> Iterator[Line]:
    return _lines(connection, bill_id, func.coalesce(vendor_rows.c.day, ""))


def _lines(connection: Connection, bill_id: str, order: ColumnElement[str]) -> Iterator[Line]:
    query = select(vendor_rows).where(vendor_rows.c.bill_id == bill_id).order_by(order, vendor_rows.c.number)
    for row in connection.execution_options(stream_results=True, yield_per=BATCH).execute(query):
        _, number, day, model, key, request_id, calls, first, second, third, fourth, amount_nanos, currency = row
        yield Line(
            number=number,
            day=day,
            model=model,
            key=key,
            request_id=request_id,
            calls=calls,
            tokens=(first, second, third, fourth),
            amount_nanos=amount_nanos,
            currency=currency,
        )


def _begin(database: Database, bill: Bill) -> None:
    query = select(vendor_bills.c.id, vendor_bills.c.row_total).where(vendor_bills.c.sha256 == bill.sha256)
    with database.reading() as connection:
        found = connection.execute(query).one_or_none()
    if found is not None and found.row_total is not None:
        raise Misconfigured(f"this file was loaded before, as bill {found.id}: `waystation reconcile drop` forgets it")
    if found is not None:
        _erase(database, found.id)
    with database.writing() as connection:
        connection.execute(
            insert(vendor_bills).values(
                id=bill.id,
                upstream=bill.upstream,
                mapping=bill.mapping,
                body=msgspec.json.encode(bill.read_by).decode(),
                file_name=bill.file_name,
                sha256=bill.sha256,
                loaded_at=bill.loaded_at,
            )
        )


def _erase(database: Database, bill_id: str) -> None:
    """Row by row in batches, since others wait meanwhile; the bill itself last."""
    number = 0
    while True:
        with database.writing() as connection:
            rows = vendor_rows.c
            connection.execute(
                delete(vendor_rows).where(rows.bill_id == bill_id, rows.number > number, rows.number <= number + BATCH)
            )
            number += BATCH
            if connection.execute(select(func.max(rows.number)).where(rows.bill_id == bill_id)).scalar() is None:
                break
    with database.writing() as connection:
        runs = select(reconcile_runs.c.id).where(reconcile_runs.c.bill_id == bill_id)
        connection.execute(delete(reconcile_differences).where(reconcile_differences.c.run_id.in_(runs)))
        connection.execute(delete(reconcile_runs).where(reconcile_runs.c.bill_id == bill_id))
        connection.execute(delete(vendor_bills).where(vendor_bills.c.id == bill_id))


def _row(bill_id: str, line: Line) -> tuple[Any, ...]:
    return (
        bill_id,
        line.number,
        line.day,
        line.model,
        line.key,
        line.request_id,
        line.calls,
        *line.tokens,
        line.amount_nanos,
        line.currency,
    )


def _bill(row: RowMapping) -> Bill:
    return Bill(
        id=row["id"],
        upstream=row["upstream"],
        mapping=row["mapping"],
        file_name=row["file_name"],
        sha256=row["sha256"],
        loaded_at=row["loaded_at"],
        rows=row["row_total"],
        first_day=row["first_day"],
        last_day=row["last_day"],
        read_by=msgspec.json.decode(row["body"], type=Mapping),
    )


class _Days:
    """The first and the last day that rows tell."""

    def __init__(self) -> None:
        self.first: str | None = None
        self.last: str | None = None

    def see(self, lines: list[Line]) -> None:
        days = [line.day for line in lines if line.day is not None]
        if days:
            self.first = min([*days, self.first or max(days)])
            self.last = max([*days, self.last or min(days)])
