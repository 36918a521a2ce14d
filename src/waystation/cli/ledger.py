"""`waystation ledger`: is every number still what the postings say?"""

from typing import Annotated

import msgspec
import typer

from waystation.cli.telling import settings_with, telling

app = typer.Typer(help="Look after the ledger.", no_args_is_help=True)


@app.callback()
def _family() -> None:
    pass


@app.command()
def verify(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Recompute everything from the postings; exit with 1 if anything differs. Safe while the gateway runs."""
    from waystation.house import verify_ledger

    with telling():
        report = verify_ledger(settings_with())
        typer.echo(msgspec.json.encode(report.as_dict()).decode() if as_json else str(report))
    if not report.passed:
        raise typer.Exit(1)
