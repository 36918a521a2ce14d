"""`waystation token`: sub-tokens made by hand."""

from datetime import UTC, datetime
from typing import Annotated

import msgspec
import typer

from waystation.cli.telling import settings_with, telling

app = typer.Typer(help="Create, list and revoke sub-tokens.", no_args_is_help=True)


@app.command()
def create(
    organization: Annotated[str, typer.Argument(help="The organization that pays.")],
    name: Annotated[str, typer.Argument(help="What to call the token.")],
    model: Annotated[list[str] | None, typer.Option(help="A model that it may use; again for more. None: all.")] = None,
    budget: Annotated[str | None, typer.Option(help='The most that it may spend, such as "10 USD".')] = None,
    period: Annotated[str, typer.Option(help="… in a day, week, month (UTC), or in total.")] = "total",
    expires: Annotated[str | None, typer.Option(help="A date, or a time with its zone.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Make a token and print its secret: this once, and never again."""
    from waystation.house import operations

    with telling(), operations(settings_with()) as catalogue:
        created = catalogue.create_token(
            organization, name, models=tuple(model) if model else None, budget=budget, period=period, expires=expires
        )
        if as_json:
            row = {"id": created.token.id, "organization": organization, "name": name, "secret": created.secret}
            typer.echo(msgspec.json.encode(row).decode())
        else:
            typer.echo(created.secret)


@app.command("list")
def list_(as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a line.")] = False) -> None:
    """Print all tokens, revoked ones too; never their secrets."""
    from waystation.house import operations

    with telling(), operations(settings_with()) as catalogue:
        for organization, token in catalogue.list_tokens():
            row = {
                "id": token.id,
                "organization": organization.name,
                "name": token.name,
                "hint": token.hint,
                "models": token.models,
                "expires": _date(token.expires_at),
                "revoked": _date(token.revoked_at),
            }
            typer.echo(
                msgspec.json.encode(row).decode() if as_json else "  ".join(f"{value}" for value in row.values())
            )


@app.command()
def revoke(token: Annotated[str, typer.Argument(help="An id, a name, or organization/name.")]) -> None:
    """End a token at once and for good."""
    from waystation.house import operations

    with telling(), operations(settings_with()) as catalogue:
        revoked = catalogue.revoke_token(token)
        typer.echo(f"{revoked.name} ({revoked.hint}) is revoked")


def _date(at: int | None) -> str | None:
    return None if at is None else datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
