"""`waystation tenant`: organizations, and what stands below them."""

from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from waystation.cli.spent import line, row
from waystation.cli.telling import settings_with, telling

if TYPE_CHECKING:
    from waystation.house.tenants import Tenant

app = typer.Typer(help="Show organizations, departments, projects, members and what they spend.", no_args_is_help=True)

_AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object a line.")]
_Path = Annotated[str, typer.Argument(help='As in "acme", "acme/R&D/Platform", "acme/alice".')]


@app.command("list")
def list_(as_json: _AsJson = False) -> None:
    """Print everything that may have budgets, with what is left of each."""
    from waystation.house import read_tenants

    with telling():
        _print(read_tenants(settings_with()), as_json=as_json)


@app.command()
def show(path: _Path, as_json: _AsJson = False) -> None:
    """Print one of them, and what stands below it."""
    from waystation.house import read_tenants

    with telling():
        _print(read_tenants(settings_with(), path), as_json=as_json)


@app.command()
def pause(path: _Path) -> None:
    """Refuse all calls below it, until it is resumed."""
    _pause(path, paused=True)


@app.command()
def resume(path: _Path) -> None:
    """Let its calls go on."""
    _pause(path, paused=False)


def _pause(path: str, *, paused: bool) -> None:
    from waystation.house import by_hand

    with telling(), by_hand(settings_with()) as hand:
        hand.pause(path, paused=paused)
        typer.echo(f"{path} is {'paused' if paused else 'not paused any more'}")


def _print(tenants: "list[Tenant]", *, as_json: bool) -> None:
    for tenant in tenants:
        if as_json:
            fields = {name: getattr(tenant, name) for name in ("kind", "path", "id", "paused", "models")}
            budgets = [row(spending) for spending in tenant.spendings]
            typer.echo(msgspec.json.encode(fields | {"budgets": budgets}).decode())
            continue
        models = "all models" if tenant.models is None else ", ".join(tenant.models)
        typer.echo(f"{tenant.kind} {tenant.path}  {models}{'  PAUSED' if tenant.paused else ''}")
        for spending in tenant.spendings:
            typer.echo(f"    {line(spending)}")
