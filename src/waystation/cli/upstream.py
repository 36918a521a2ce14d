"""`waystation upstream`: what the upstreams have."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from waystation.cli.telling import settings_with, telling
from waystation.wire.errors import Misconfigured

if TYPE_CHECKING:
    from waystation.manifest.model_proposals import Comparison

app = typer.Typer(help="Show what upstreams offer.", no_args_is_help=True)


@app.callback()
def _only_with_a_command() -> None:
    pass


@app.command()
def models(
    name: Annotated[str, typer.Argument(help="The upstream's name.")],
    write: Annotated[
        Path | None, typer.Option("--write", help="A new file for entries that would serve what no route uses.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Ask the upstream for its list of models, and print it beside what routes use. Nothing is changed by that."""
    from waystation.house import compare_models

    with telling():
        if write is not None and write.exists():
            raise Misconfigured(f"{str(write)!r} is there already: name a new file")
        found = compare_models(settings_with(), name)
        if as_json:
            typer.echo(msgspec.json.encode(found.compared).decode())
        else:
            _print(found.compared)
        if write is not None:
            _write(write, found.proposal)


def _print(compared: "Comparison") -> None:
    for line in compared.models:
        used = f" ({', '.join(line.public)})" if line.public else ""
        typer.echo(f"{'!' if not line.offered else '=' if line.public else '+'} {line.model}{used}")
    count = len(compared.models) - len(compared.missing)
    typer.echo(
        f"{count} offered, {len(compared.unused)} not used (+), {len(compared.missing)} used but not offered (!)"
    )


def _write(path: Path, proposal: str | None) -> None:
    if proposal is None:
        typer.echo("nothing to propose: no file was written", err=True)
        return
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(proposal)
    except OSError as error:
        raise Misconfigured(f"{str(path)!r} can't be written: {error.strerror}") from error
    typer.echo(f"proposed in {path}: look through it, then `waystation apply {path}`", err=True)
