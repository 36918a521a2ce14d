"""`waystation statement`: what an organization, or a part of it, had, used and has."""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from waystation.cli.telling import settings_with, telling
from waystation.wire.errors import Misconfigured
from waystation.wire.money import decimal_of

if TYPE_CHECKING:
    from waystation.house.stating import Period, Scope
    from waystation.ledger.statement import Statement


def statement(
    organization: Annotated[str, typer.Argument(help="By name or id.")],
    month: Annotated[str | None, typer.Argument(help="As in 2026-10, in the organization's time zone.")] = None,
    since: Annotated[str | None, typer.Option(help="In place of a month: from this day on.")] = None,
    until: Annotated[str | None, typer.Option(help="Before this day.")] = None,
    department: Annotated[str | None, typer.Option(help="Of this department and all below it (name or id).")] = None,
    project: Annotated[str | None, typer.Option(help="Of this project (name or id).")] = None,
    member: Annotated[str | None, typer.Option(help="Of this member (name or id).")] = None,
    token: Annotated[str | None, typer.Option(help="Of this sub-token (name or id).")] = None,
    model: Annotated[str | None, typer.Option(help="Of this public model.")] = None,
    out: Annotated[Path | None, typer.Option(help="Into this file: .csv or .xlsx.")] = None,
    calls: Annotated[bool, typer.Option("--calls", help="With --out: each call too.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Print or write a statement: what there was, what came, what was used by model, what is left."""
    from waystation.house import stating

    with telling():
        period = _period(month, since, until)
        scope = _scope({"department": department, "project": project, "member": member, "token": token, "model": model})
        if out is not None:
            made = stating.write_statement(settings_with(), organization, period, scope, path=out, with_calls=calls)
        else:
            made = stating.make_statement(settings_with(), organization, period, scope)
        if as_json:
            typer.echo(msgspec.json.encode(made))
        elif out is None:
            _print(made)


def _period(month: str | None, since: str | None, until: str | None) -> "Period":
    if month is not None and since is None and until is None:
        return month
    if month is not None or since is None or until is None:
        raise Misconfigured("give a month, as in 2026-10, or --since and --until")
    try:
        return (date.fromisoformat(since), date.fromisoformat(until))
    except ValueError as error:
        raise Misconfigured(f"{error}: a day is written as in 2026-10-31") from error


def _scope(parts: dict[str, str | None]) -> "Scope":
    given = [(kind, name) for kind, name in parts.items() if name is not None]
    if len(given) > 1:
        raise Misconfigured(
            "a statement is of one part: give one of --department, --project, --member, --token, --model"
        )
    return given[0] if given else ("organization", "")  # type: ignore[return-value]


def _print(made: "Statement") -> None:
    from waystation.ledger.statement_table import Amount, facts, figures, lines

    organization, scope, name, starts, ends, _ = facts(made)
    typer.echo(f"{organization}, {scope} {name}: from {starts} until {ends}")
    for item, currency, amount in figures(made):
        assert isinstance(amount, Amount)
        typer.echo(f"  {item:<15} {decimal_of(amount.nanos):>20} {currency}")
    for model, currency, calls, estimated, *_, amount, corrections in lines(made):
        assert isinstance(amount, Amount)
        assert isinstance(corrections, Amount)
        more = f", corrections {decimal_of(corrections.nanos)}" if corrections.nanos else ""
        about = f" ({estimated} estimated)" if estimated else ""
        typer.echo(f"  {model}: {calls} calls{about}, {decimal_of(amount.nanos)} {currency}{more}")
