"""`waystation ledger`: is every number still what the postings say, what is sealed, which months are closed?"""

import getpass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from waystation.cli.telling import settings_with, telling
from waystation.wire.money import decimal_of

if TYPE_CHECKING:
    from waystation.house.auditing import Closed
    from waystation.ledger.posting import Account

app = typer.Typer(help="Look after the ledger.", no_args_is_help=True)


_Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
_Organization = Annotated[str | None, typer.Option(help="Of this organization (name or id); all, if not given.")]


@app.callback()
def _family() -> None:
    pass


@app.command()
def verify(as_json: _Json = False) -> None:
    """Recompute everything from the postings; exit with 1 if anything differs. Safe while the gateway runs."""
    from waystation.house import verify_ledger

    with telling():
        report = verify_ledger(settings_with())
        typer.echo(msgspec.json.encode(report.as_dict()).decode() if as_json else str(report))
    if not report.passed:
        raise typer.Exit(1)


@app.command()
def seal(as_json: _Json = False) -> None:
    """Seal what was booked into the chain of hashes, as servers do by themselves, and print the newest hash.

    Note it where nobody can change it: it vouches for every posting up to then.
    """
    from waystation.house.auditing import seal_ledger

    with telling():
        head = seal_ledger(settings_with())
        if as_json:
            typer.echo(msgspec.json.encode(head))
            return
        typer.echo(
            f"sealed {head.sealed_now} postings; seal {head.seal} up to posting {head.last_posting}: {head.hash}"
        )


@app.command()
def close(
    month: Annotated[str, typer.Argument(help="As in 2026-10; it must be over in the organization's time zone.")],
    organization: _Organization = None,
    by: Annotated[str | None, typer.Option(help="Who closes it; the user, if not given.")] = None,
    as_json: _Json = False,
) -> None:
    """Close a month: its statement stays as it is, and whatever is booked later counts in the next."""
    from waystation.house.auditing import close_month

    with telling():
        _print(close_month(settings_with(), month, by=by or getpass.getuser(), organization=organization), as_json)


@app.command()
def periods(organization: _Organization = None, as_json: _Json = False) -> None:
    """List the closed months."""
    from waystation.house.auditing import closed_months

    with telling():
        _print(closed_months(settings_with(), organization), as_json)


@app.command()
def accounts(organization: _Organization = None, as_json: _Json = False) -> None:
    """List accounts: what was credited, debited, what holds keep, and what is available."""
    from waystation.house.bookkeeping import list_accounts

    with telling():
        found = list_accounts(settings_with(), organization)
        if as_json:
            typer.echo(msgspec.json.encode([_facts(one) for one in found]))
            return
        for one in found:
            credits_, debits, held = (
                decimal_of(nanos) for nanos in (one.credits_posted, one.debits_posted, one.debits_pending)
            )
            typer.echo(f"{one.name}  {credits_} - {debits}, held {held}, left {decimal_of(one.available)}")


def _facts(account: "Account") -> dict[str, object]:
    return {"name": account.name, **msgspec.structs.asdict(account), "available": account.available}


def _print(months: "list[Closed]", as_json: bool) -> None:
    if as_json:
        typer.echo(msgspec.json.encode(months))
        return
    for one in months:
        at = datetime.fromtimestamp(one.closed_at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        was = "closed" if one.anew else "was closed"
        typer.echo(f"{one.organization}  {one.month}  {was} {at} by {one.closed_by}  {one.digest}")
