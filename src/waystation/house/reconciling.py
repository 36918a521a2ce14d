"""Vendors' bills beside our calls: loaded, compared, and estimates put right. What `waystation reconcile` does."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from waystation.adapters.bill_file import survey, text_lines
from waystation.adapters.clock import SystemClock
from waystation.adapters.crypto import Cipher
from waystation.adapters.sql import bills
from waystation.adapters.sql.bills import Bill
from waystation.adapters.sql.catalogue.reading import load as load_catalogue
from waystation.adapters.sql.estimates import Estimate, estimates
from waystation.adapters.sql.office import Office
from waystation.adapters.sql.reconcile import Run, calls_behind, differences, find_run, reconcile, runs
from waystation.house.database import opened
from waystation.ledger.errand import Correction, Memo
from waystation.ledger.reconcile.keys import fingerprint_of
from waystation.ledger.reconcile.mapping import Mapping as BillMapping
from waystation.ledger.reconcile.mapping import mapping_of
from waystation.ledger.reconcile.presets import PRESETS
from waystation.ledger.reconcile.reading import lines_of
from waystation.ledger.reconcile.words import Difference, OurCall, Terms
from waystation.manifest.source import read_source
from waystation.settings import Settings
from waystation.wire.catalogue import Upstream
from waystation.wire.errors import Misconfigured, NotBooked

__all__ = [
    "Put",
    "Run",
    "correct_estimates",
    "drop_bill",
    "find_mapping",
    "find_reconciliation",
    "list_bills",
    "list_mappings",
    "list_runs",
    "load_bill",
    "read_calls_behind",
    "read_differences",
    "run_reconciliation",
    "save_mapping",
]

Days = tuple[str | None, str | None]


def save_mapping(settings: Settings, name: str, path: Path, environ: Mapping[str, str]) -> BillMapping:
    """Keep what a YAML file says under a name. Raises: Rejected, Misconfigured."""
    source = read_source(path, environ)
    source.report.raise_if_any()
    mapping = mapping_of(source.data)
    with opened(settings) as database:
        bills.save_mapping(database, name, mapping, at=SystemClock().now())
    return mapping


def list_mappings(settings: Settings) -> dict[str, BillMapping]:
    """The presets, and what was saved: that wins where both have a name."""
    with opened(settings) as database:
        return {**PRESETS, **bills.mappings(database)}


def find_mapping(settings: Settings, name: str) -> BillMapping:
    """Raises: Misconfigured if there is none."""
    mapping = list_mappings(settings).get(name)
    if mapping is None:
        raise Misconfigured(f"there is no mapping {name!r}: `waystation reconcile mapping list` lists them")
    return mapping


def load_bill(settings: Settings, path: Path, *, upstream: str, mapping: str) -> Bill:
    """Read a vendor's file and keep its rows. Raises: Misconfigured, StoreUnavailable."""
    read_by = find_mapping(settings, mapping)
    keys = _upstream(settings, upstream).keys
    found, clock = survey(path), SystemClock()
    names: dict[str, str] = {}

    def key_of(name: str) -> str:
        if name not in names:
            names[name] = fingerprint_of(name, keys)
        return names[name]

    bill = Bill(
        id=clock.new_id("bill"),
        upstream=upstream,
        mapping=mapping,
        file_name=path.name,
        sha256=found.sha256,
        loaded_at=clock.now(),
        rows=0,
        first_day=None,
        last_day=None,
        read_by=read_by,
    )
    lines = lines_of(text_lines(path, read_by.encoding or found.encoding), read_by, key_of)
    with opened(settings) as database:
        return bills.load(database, bill, lines)


def list_bills(settings: Settings) -> list[Bill]:
    with opened(settings) as database:
        return bills.bills(database)


def drop_bill(settings: Settings, bill_id: str) -> None:
    """Raises: Misconfigured if there is none."""
    with opened(settings) as database:
        bills.drop_bill(database, bill_id)


def run_reconciliation(settings: Settings, bill_id: str, terms: Terms, days: Days) -> Run:
    """Compare a bill with our calls, and keep what was found. Raises: Misconfigured, StoreUnavailable."""
    clock = SystemClock()
    with opened(settings) as database:
        return reconcile(database, bill_id, clock.new_id("run"), terms, days, at=clock.now())


def list_runs(settings: Settings) -> list[Run]:
    with opened(settings) as database:
        return runs(database)


def find_reconciliation(settings: Settings, run_id: str) -> Run:
    """Raises: Misconfigured if there is none."""
    with opened(settings) as database:
        return find_run(database, run_id)


def read_differences(settings: Settings, run_id: str) -> Iterator[Difference]:
    with opened(settings) as database:
        yield from differences(database, run_id)


def read_calls_behind(settings: Settings, run_id: str, number: int) -> Iterator[OurCall]:
    """All the calls behind a run's difference. Raises: Misconfigured if there is no such."""
    with opened(settings) as database:
        yield from calls_behind(database, run_id, number)


class Put(msgspec.Struct, frozen=True, kw_only=True):
    """An estimate that was put right, or would be. `posting_id` None: nothing was booked, `why` says why not."""

    estimate: Estimate
    posting_id: int | None = None
    why: str | None = None
    failed: bool = False


def correct_estimates(settings: Settings, run_id: str, *, dry_run: bool = False) -> Iterator[Put]:
    """Book what the calls of a run's estimates should have come to; once, however often it is asked for.

    Raises: Misconfigured if there is no such run, StoreUnavailable.
    """
    with opened(settings) as database:
        office = Office(database, SystemClock().now)
        for estimate in estimates(database, run_id):
            if dry_run:
                yield Put(estimate=estimate, why="not asked to")
                continue
            try:
                booked = office.book(_correction(estimate, run_id), key=f"reconcile {run_id} {estimate.call_id}")
            except NotBooked as error:
                yield Put(estimate=estimate, why=error.message, failed=True)
            else:
                why = "it was right" if booked.posting_id is None else None
                yield Put(estimate=estimate, posting_id=booked.posting_id, why=why)


def _correction(estimate: Estimate, run_id: str) -> Correction:
    return Correction(
        organization_id=estimate.organization_id,
        posting_id=estimate.posting_id,
        due_nanos=estimate.due_nanos,
        memo=Memo(by="reconciliation", reason="the real usage of an estimated call is known", reference=run_id),
    )


def _upstream(settings: Settings, name: str) -> Upstream:
    with opened(settings) as database, database.reading() as connection:
        upstreams = load_catalogue(connection, Cipher.from_settings(settings)).upstreams
    for upstream in upstreams:
        if upstream.name == name:
            return upstream
    known = ", ".join(repr(upstream.name) for upstream in upstreams) or "none"
    raise Misconfigured(f"there is no upstream {name!r}: there are {known}")
