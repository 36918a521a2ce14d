"""Runs of a bill against the calls: both sides streamed from one moment of the database, the differences kept."""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Final
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import Connection, RowMapping, insert, select, update

from waystation.adapters.sql.billed import Span, calls_by_request, calls_by_time
from waystation.adapters.sql.bills import Bill, find_bill, lines_by_day, lines_by_request
from waystation.adapters.sql.bulk import batches, insert_rows
from waystation.adapters.sql.engine import Database
from waystation.adapters.sql.tables.reconcile import reconcile_differences, reconcile_runs
from waystation.ledger.reconcile.groups import by_group
from waystation.ledger.reconcile.requests import by_request
from waystation.ledger.reconcile.words import Difference, OurCall, Tally, Terms
from waystation.wire.errors import Misconfigured

BATCH: Final = 1000
DIFFERENCES_MAX: Final = 100_000  # a bill that differs more is of another account, or read by a wrong mapping


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """One comparison. `first_day` and `last_day` are the days whose calls the bill must have, in its own calendar."""

    id: str
    bill_id: str
    upstream: str
    at: float
    first_day: str
    last_day: str
    terms: Terms
    tally: Tally


def reconcile(
    database: Database, bill_id: str, run_id: str, terms: Terms, days: tuple[str | None, str | None], *, at: float
) -> Run:
    """Compare, keep what was found, and tell how it went. `days` None: those of the bill.

    Raises: Misconfigured if there is no such bill, if it tells no days and none are given, or if it differs all over.
    """
    with database.reading() as connection:
        bill = find_bill(connection, bill_id)
        run = _planned(bill, run_id, terms, days, at=at)
        _begin(database, run)
        for start, batch in enumerate(batches(_bounded(_differences(connection, bill, run)), BATCH)):
            _keep(database, run, start * BATCH, batch)
    with database.writing() as connection:
        tally = msgspec.json.encode(run.tally).decode()
        connection.execute(
            update(reconcile_runs).where(reconcile_runs.c.id == run.id).values(tally=tally, finished_at=at)
        )
    return run


def runs(database: Database) -> list[Run]:
    """Those that came to their end, oldest first."""
    query = select(reconcile_runs).where(reconcile_runs.c.finished_at.is_not(None)).order_by(reconcile_runs.c.at)
    with database.reading() as connection:
        return [_run(row) for row in connection.execute(query).mappings()]


def find_run(database: Database, run_id: str) -> Run:
    """Raises: Misconfigured if there is none."""
    query = select(reconcile_runs).where(reconcile_runs.c.id == run_id, reconcile_runs.c.finished_at.is_not(None))
    with database.reading() as connection:
        row = connection.execute(query).mappings().one_or_none()
    if row is None:
        raise Misconfigured(f"there is no run {run_id!r}: `waystation reconcile runs` lists them")
    return _run(row)


def differences(database: Database, run_id: str) -> Iterator[Difference]:
    """What a run found, in the order in which it did."""
    table = reconcile_differences
    query = select(table.c.body).where(table.c.run_id == run_id).order_by(table.c.number)
    with database.reading() as connection:
        for (body,) in connection.execution_options(stream_results=True, yield_per=BATCH).execute(query):
            yield msgspec.json.decode(body, type=Difference)


def calls_behind(database: Database, run_id: str, number: int) -> Iterator[OurCall]:
    """All the calls behind a difference, also those beyond the ones that it names. Raises: Misconfigured."""
    run = find_run(database, run_id)
    table = reconcile_differences
    with database.reading() as connection:
        body = connection.execute(
            select(table.c.body).where(table.c.run_id == run_id, table.c.number == number)
        ).scalar_one_or_none()
        if body is None:
            raise Misconfigured(f"run {run_id} has no difference {number}")
        found = msgspec.json.decode(body, type=Difference)
        bill = find_bill(connection, run.bill_id)
        for call in calls_by_time(connection, _span(bill, run)):
            named = found.call_count <= len(found.calls)
            if call.call_id in found.calls if named else _is_behind(call, found, run.terms):
                yield call


def _is_behind(call: OurCall, found: Difference, terms: Terms) -> bool:
    parts = terms.by.split(",")
    return (
        call.due
        and call.day == found.day
        and ("model" not in parts or call.model == found.model)
        and ("key" not in parts or (call.key or None) == found.key)
    )


def _planned(bill: Bill, run_id: str, terms: Terms, days: tuple[str | None, str | None], *, at: float) -> Run:
    first, last = days[0] or bill.first_day, days[1] or bill.last_day
    if first is None or last is None:
        raise Misconfigured("the bill tells no days: say which by --since and --until")
    terms = msgspec.structs.replace(terms, rows_add_up=terms.rows_add_up or bill.read_by.rows_add_up)
    return Run(
        id=run_id,
        bill_id=bill.id,
        upstream=bill.upstream,
        at=at,
        first_day=first,
        last_day=last,
        terms=terms,
        tally=Tally(),
    )


def _differences(connection: Connection, bill: Bill, run: Run) -> Iterator[Difference]:
    if run.terms.by == "request_id":
        ours = calls_by_request(connection, _span(bill, run, margin=run.terms.days + 1))
        return by_request(lines_by_request(connection, bill.id), ours, run.terms, run.tally)
    ours = calls_by_time(connection, _span(bill, run))
    return by_group(lines_by_day(connection, bill.id), ours, run.terms, run.tally)


def _span(bill: Bill, run: Run, *, margin: int = 0) -> Span:
    return Span(
        upstream=bill.upstream,
        zone=ZoneInfo(bill.read_by.days),
        first=date.fromisoformat(run.first_day),
        last=date.fromisoformat(run.last_day),
        margin=margin,
    )


def _bounded(found: Iterable[Difference]) -> Iterator[Difference]:
    for number, difference in enumerate(found):
        if number >= DIFFERENCES_MAX:
            raise Misconfigured(
                f"there are over {DIFFERENCES_MAX} differences: is this the upstream's bill, and the mapping right?"
            )
        yield difference


def _begin(database: Database, run: Run) -> None:
    with database.writing() as connection:
        connection.execute(
            insert(reconcile_runs).values(
                id=run.id,
                bill_id=run.bill_id,
                upstream=run.upstream,
                at=run.at,
                first_day=run.first_day,
                last_day=run.last_day,
                terms=msgspec.json.encode(run.terms).decode(),
                tally="{}",
            )
        )


def _keep(database: Database, run: Run, kept: int, found: list[Difference]) -> None:
    rows = [
        (run.id, number, difference.kind, msgspec.json.encode(difference).decode())
        for number, difference in enumerate(found, start=kept + 1)
    ]
    with database.writing() as connection:
        insert_rows(connection, reconcile_differences, rows, ("run_id", "number", "kind", "body"))


def _run(row: RowMapping) -> Run:
    return Run(
        id=row["id"],
        bill_id=row["bill_id"],
        upstream=row["upstream"],
        at=row["at"],
        first_day=row["first_day"],
        last_day=row["last_day"],
        terms=msgspec.json.decode(row["terms"], type=Terms),
        tally=msgspec.json.decode(row["tally"], type=Tally),
    )
