"""`waystation token`: sub-tokens made by hand."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from waystation.cli.telling import settings_with, telling

if TYPE_CHECKING:
    from waystation.manifest.operations import ListedToken

app = typer.Typer(help="Create, list and revoke sub-tokens.", no_args_is_help=True)


@app.command()
def create(
    organization: Annotated[str, typer.Argument(help="The organization that pays.")],
    name: Annotated[str, typer.Argument(help="What to call the token.")],
    model: Annotated[list[str] | None, typer.Option(help="A model that it may use; again for more. None: all.")] = None,
    budget: Annotated[str | None, typer.Option(help='The most that it may spend, such as "10 USD".')] = None,
    period: Annotated[str, typer.Option(help="… in a day, week, month (UTC), or in total.")] = "total",
    rpm: Annotated[int | None, typer.Option(help="At most so many calls a minute.")] = None,
    tpm: Annotated[int | None, typer.Option(help="At most so many tokens a minute.")] = None,
    concurrency: Annotated[int | None, typer.Option(help="At most so many calls at once.")] = None,
    expires: Annotated[str | None, typer.Option(help="A date, or a time with its zone.")] = None,
    project: Annotated[str | None, typer.Option(help="The project that it is for.")] = None,
    member: Annotated[str | None, typer.Option(help="The member whose it is.")] = None,
    address: Annotated[list[str] | None, typer.Option(help="A network to use it from; again for more.")] = None,
    dialect: Annotated[list[str] | None, typer.Option(help="A language to use it for; again for more.")] = None,
    tag: Annotated[list[str] | None, typer.Option(help="What its calls are marked with; again for more.")] = None,
    retention: Annotated[str | None, typer.Option(help="none: nothing that its calls say is stored.")] = None,
    creator: Annotated[
        str | None, typer.Option("--as", help="A member or a token (organization/name): it gives no more than it has.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Make a token and print its secret: this once, and never again."""
    from waystation.house import operations

    limit = {name: n for name, n in (("rpm", rpm), ("tpm", tpm), ("concurrency", concurrency)) if n is not None}
    with telling(), operations(settings_with()) as catalogue:
        created = catalogue.create_token(
            organization,
            name,
            models=tuple(model) if model else None,
            budget=budget,
            period=period,
            creator=creator,
            expires=expires,
            project=project,
            member=member,
            addresses=address,
            dialects=dialect,
            tags=tag,
            retention=retention,
            limit=limit or None,
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
        for listed in catalogue.list_tokens():
            typer.echo(msgspec.json.encode(_row(listed)).decode() if as_json else _line(listed))


@app.command()
def revoke(token: Annotated[str, typer.Argument(help="An id, a name, or organization/name.")]) -> None:
    """End a token at once and for good."""
    from waystation.house import operations

    with telling(), operations(settings_with()) as catalogue:
        revoked = catalogue.revoke_token(token)
        typer.echo(f"{revoked.name} ({revoked.hint}) is revoked")


@app.command()
def rotate(
    token: Annotated[str, typer.Argument(help="An id, a name, or organization/name.")],
    overlap: Annotated[str, typer.Option(help="How long the old secret stays good, such as 24h.")] = "0s",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Give a token a new secret and print it: this once, and never again."""
    from waystation.house import by_hand

    with telling(), by_hand(settings_with()) as hand:
        rotated = hand.rotate(token, overlap=overlap)
        until = _date(rotated.token.former[-1].until)
        if as_json:
            row = {"id": rotated.token.id, "name": rotated.token.name, "secret": rotated.secret, "old_until": until}
            typer.echo(msgspec.json.encode(row).decode())
        else:
            typer.echo(rotated.secret)


@app.command()
def pause(token: Annotated[str, typer.Argument(help="An id, or organization/name.")]) -> None:
    """Refuse its calls until it is resumed."""
    _pause(token, paused=True)


@app.command()
def resume(token: Annotated[str, typer.Argument(help="An id, or organization/name.")]) -> None:
    """Let its calls go on."""
    _pause(token, paused=False)


def _pause(token: str, *, paused: bool) -> None:
    from waystation.house import by_hand

    with telling(), by_hand(settings_with()) as hand:
        changed = hand.pause_token(token, paused=paused)
        typer.echo(f"{changed.name} ({changed.hint}) is {'paused' if paused else 'not paused any more'}")


def _row(listed: "ListedToken") -> dict[str, object]:
    token = listed.token
    return {
        "id": token.id,
        "organization": listed.organization.name,
        "name": token.name,
        "hint": token.hint,
        "models": token.models,
        "expires": _date(token.expires_at),
        "revoked": _date(token.revoked_at),
        "paused": token.paused,
        "project": listed.project,
        "member": listed.member,
        "tags": token.tags,
    }


def _line(listed: "ListedToken") -> str:
    token = listed.token
    models = "all models" if token.models is None else ", ".join(token.models)
    optional = {
        "project": listed.project,
        "member": listed.member,
        "tags": ", ".join(token.tags),
        "expires": _date(token.expires_at),
        "revoked": _date(token.revoked_at),
    }
    parts = [token.id, f"{listed.organization.name}/{token.name}", token.hint, models]
    parts += [f"{name} {value}" for name, value in optional.items() if value]
    return "  ".join([*parts, "PAUSED"] if token.paused else parts)


def _date(at: int | None) -> str | None:
    return None if at is None else datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
