"""`waystation limit`: how many calls and tokens in a minute, and how many calls at once, at any level."""

from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from waystation.cli.telling import settings_with, telling

if TYPE_CHECKING:
    from waystation.wire.limit import Limit

app = typer.Typer(help="Show, set and remove limits.", no_args_is_help=True)

_AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
_Path = Annotated[str, typer.Argument(help='Whose: "acme", "acme/R&D/Platform", "acme/ci", or "model:gpt-4o".')]
_Model = Annotated[str | None, typer.Option(help="For the owner's calls of this model only.")]


@app.command("list")
def list_(
    path: Annotated[str | None, typer.Argument(help="Of it and below it only.")] = None, as_json: _AsJson = False
) -> None:
    """Print limits."""
    from waystation.house import read_limits
    from waystation.manifest.facets import limit_text

    with telling():
        for owned in read_limits(settings_with(), path):
            text = f"{owned.owner}  {limit_text(owned.limit)}"
            typer.echo(_json(owned.owner, owned.limit) if as_json else text)


@app.command("set")
def set_(
    path: _Path,
    rpm: Annotated[int | None, typer.Option(help="Calls a minute.")] = None,
    tpm: Annotated[int | None, typer.Option(help="Tokens a minute, of input and output together.")] = None,
    concurrency: Annotated[int | None, typer.Option(help="Calls at once.")] = None,
    queue: Annotated[int, typer.Option(help="So many more wait for one of these to be over.")] = 0,
    queue_s: Annotated[int | None, typer.Option(help="For so many seconds each (10).")] = None,
    model: _Model = None,
    as_json: _AsJson = False,
) -> None:
    """Give it a limit, in place of the one for the same calls if there is one."""
    from waystation.house import by_hand
    from waystation.manifest.facets import limit_text

    given = {"rpm": rpm, "tpm": tpm, "concurrency": concurrency, "queue": queue, "queue_s": queue_s, "model": model}
    fields: dict[str, object] = {name: value for name, value in given.items() if value is not None}
    with telling(), by_hand(settings_with()) as hand:
        limit = hand.set_limit(path, fields)
        typer.echo(_json(path, limit) if as_json else f"{path} has {limit_text(limit)}")


@app.command()
def remove(path: _Path, model: _Model = None, as_json: _AsJson = False) -> None:
    """Take a limit away: the one for all models, or that for one."""
    from waystation.house import by_hand
    from waystation.manifest.facets import limit_text

    with telling(), by_hand(settings_with()) as hand:
        limit = hand.remove_limit(path, model=model)
        typer.echo(_json(path, limit) if as_json else f"{path} has no more {limit_text(limit)}")


def _json(owner: str, limit: "Limit") -> str:
    fields = {name: getattr(limit, name) for name in limit.__struct_fields__}
    return msgspec.json.encode({"owner": owner, **fields}).decode()
