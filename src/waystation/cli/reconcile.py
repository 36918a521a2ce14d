"""`waystation reconcile`: vendors' bills beside our own calls."""

import csv
import os
import sys
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from waystation.cli.telling import settings_with, telling
from waystation.wire.errors import Misconfigured
from waystation.wire.money import decimal_of, nanos_of

if TYPE_CHECKING:
    from waystation.house.reconciling import Put, Run
    from waystation.ledger.reconcile.words import Difference, Terms

app = typer.Typer(help="Compare vendors' bills with our calls.", no_args_is_help=True)
mapping = typer.Typer(help="What the columns of vendors' bills mean.", no_args_is_help=True)
app.add_typer(mapping, name="mapping")

_Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
_Csv = Annotated[bool, typer.Option("--csv", help="Print a table of the differences as CSV.")]


@mapping.command("set")
def set_mapping(
    name: str, file: Annotated[Path, typer.Option(help="A YAML file: see docs/operate/reconciliation.md.")]
) -> None:
    """Keep a mapping under a name, in place of what stood there."""
    from waystation.house import reconciling

    with telling():
        reconciling.save_mapping(settings_with(), name, file, os.environ)
        typer.echo(f"kept {name}")


@mapping.command("list")
def list_mappings(as_json: _Json = False) -> None:
    """List the mappings: presets of known bills, and what was saved."""
    from waystation.house import reconciling

    with telling():
        found = reconciling.list_mappings(settings_with())
        if as_json:
            typer.echo(_encoded(found))
            return
        for name, kept in found.items():
            typer.echo(f"{name}  {kept.source or ''}".rstrip())


@mapping.command("show")
def show_mapping(name: str) -> None:
    """Print a mapping as JSON, which is YAML too: change it and `set` it under a name of your own."""
    from waystation.house import reconciling

    with telling():
        kept = reconciling.find_mapping(settings_with(), name)
        typer.echo(msgspec.json.format(msgspec.json.encode(kept), indent=2).decode())


@app.command()
def load(
    file: Annotated[Path, typer.Argument(help="The vendor's CSV.")],
    upstream: Annotated[str, typer.Option(help="The upstream that it bills (name).")],
    mapping: Annotated[str, typer.Option(help="The mapping to read it by.")],
    as_json: _Json = False,
) -> None:
    """Load a vendor's bill. The same file is taken once."""
    from waystation.house import reconciling

    with telling():
        bill = reconciling.load_bill(settings_with(), file, upstream=upstream, mapping=mapping)
        days = f"{bill.first_day} to {bill.last_day}" if bill.first_day else "without days"
        typer.echo(_encoded(bill) if as_json else f"{bill.id}  {bill.rows} rows, {days}")


@app.command()
def bills(as_json: _Json = False) -> None:
    """List the bills that were loaded."""
    from waystation.house import reconciling

    with telling():
        for bill in reconciling.list_bills(settings_with()):
            line = f"{bill.id}  {bill.upstream}  {bill.first_day} {bill.last_day}  {bill.rows} rows  {bill.file_name}"
            typer.echo(_encoded(bill) if as_json else line)


@app.command()
def drop(bill: str) -> None:
    """Forget a bill and its runs, so that the file can be loaded again, by another mapping."""
    from waystation.house import reconciling

    with telling():
        reconciling.drop_bill(settings_with(), bill)
        typer.echo(f"forgot {bill}")


@app.command()
def run(
    bill: Annotated[str, typer.Argument(help="The bill (id).")],
    match: Annotated[str, typer.Option(help="request_id, day, day,model or day,model,key.")] = "request_id",
    since: Annotated[str | None, typer.Option(help="The first day that the bill must have; else its own.")] = None,
    until: Annotated[str | None, typer.Option(help="The last such day.")] = None,
    tolerance: Annotated[str, typer.Option(help="How far an amount may be off.")] = "0",
    token_tolerance: Annotated[int, typer.Option(min=0, help="How far a count of tokens may be off.")] = 0,
    day_tolerance: Annotated[int, typer.Option(min=0, max=31, help="How many days a row may be off.")] = 0,
    rows_add_up: Annotated[bool, typer.Option(help="A call may have several rows for the same tokens.")] = False,
    as_json: _Json = False,
    as_csv: _Csv = False,
) -> None:
    """Compare a bill with our calls; exit with 1 if anything differs. The report is kept."""
    from waystation.house import reconciling

    with telling():
        terms = _terms(match, tolerance, token_tolerance, day_tolerance, rows_add_up=rows_add_up)
        settings = settings_with()
        done = reconciling.run_reconciliation(settings, bill, terms, (_day(since), _day(until)))
        _tell(done, reconciling.read_differences(settings, done.id), as_json=as_json, as_csv=as_csv)
    if done.tally.kinds:
        raise typer.Exit(1)


@app.command()
def runs(as_json: _Json = False) -> None:
    """List the runs."""
    from waystation.house import reconciling
    from waystation.ledger.reconcile.report import verdict

    with telling():
        for done in reconciling.list_runs(settings_with()):
            line = f"{done.id}  {done.bill_id}  {done.first_day} {done.last_day}  {verdict(done.tally)}"
            typer.echo(_encoded(done) if as_json else line)


@app.command()
def show(
    run: Annotated[str, typer.Argument(help="The run (id).")],
    calls: Annotated[int | None, typer.Option(help="List all the calls behind this difference (number).")] = None,
    as_json: _Json = False,
    as_csv: _Csv = False,
) -> None:
    """Print a run's report again, or the calls behind one of its differences."""
    from waystation.house import reconciling

    with telling():
        settings = settings_with()
        if calls is not None:
            for call in reconciling.read_calls_behind(settings, run, calls):
                typer.echo(_encoded(call) if as_json else call.call_id)
            return
        done = reconciling.find_reconciliation(settings, run)
        _tell(done, reconciling.read_differences(settings, run), as_json=as_json, as_csv=as_csv)


@app.command()
def correct(
    run: Annotated[str, typer.Argument(help="The run (id).")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Book nothing; say what would be booked.")] = False,
    as_json: _Json = False,
) -> None:
    """Book corrections for estimated calls whose real usage the bill told. Twice is once. Exits with 1 if one fails."""
    from waystation.house import reconciling

    failed = False
    with telling():
        for put in reconciling.correct_estimates(settings_with(), run, dry_run=dry_run):
            failed = failed or put.failed
            typer.echo(_encoded(put) if as_json else _correction(put))
    if failed:
        raise typer.Exit(1)


def _correction(put: "Put") -> str:
    estimate = put.estimate
    amounts = f"{decimal_of(estimate.booked_nanos)} -> {decimal_of(estimate.due_nanos)} {estimate.currency}"
    outcome = put.why if put.posting_id is None else f"posting {put.posting_id}"
    return f"{estimate.call_id}  {amounts}  {outcome}"


def _tell(done: "Run", found: "Iterator[Difference]", *, as_json: bool, as_csv: bool) -> None:
    from waystation.ledger.reconcile import report

    if as_csv:
        _write(report.COLUMNS, (report.row(number, one) for number, one in enumerate(found, start=1)))
    elif as_json:
        typer.echo(_encoded({**msgspec.structs.asdict(done), **report.as_dict(done.tally), "differences": list(found)}))
    else:
        typer.echo(f"Run {done.id} of bill {done.bill_id}, {done.first_day} to {done.last_day}:")
        for line in report.text(done.tally, found):
            typer.echo(line)


def _write(heading: Iterable[str], rows: Iterable[Iterable[str]]) -> None:
    table = csv.writer(sys.stdout)
    table.writerow(heading)
    table.writerows(rows)


def _terms(match: str, tolerance: str, tokens: int, days: int, *, rows_add_up: bool) -> "Terms":
    from waystation.ledger.reconcile.words import Terms

    try:
        amount_nanos = nanos_of(tolerance)
        asked = {"by": match, "amount_nanos": amount_nanos, "tokens": tokens, "days": days, "rows_add_up": rows_add_up}
        return msgspec.convert(asked, Terms)
    except msgspec.ValidationError as error:
        raise Misconfigured(f"--match {match!r} is none of request_id, day, day,model and day,model,key") from error
    except ValueError as error:
        raise Misconfigured(f"--tolerance: {error}") from error


def _day(text: str | None) -> str | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError as error:
        raise Misconfigured(f"{text!r} is no day, as in 2026-11-30") from error


def _encoded(value: object) -> str:
    return msgspec.json.encode(value).decode()
