"""`waystation copy`: from SQLite's files to PostgreSQL."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from waystation.cli.telling import settings_with, telling
from waystation.wire.errors import Misconfigured

if TYPE_CHECKING:
    from waystation.house.copying import Copied


def copy(
    to: Annotated[str | None, typer.Option(help="The database: postgresql://user@host/name.")] = None,
    to_file: Annotated[
        Path | None, typer.Option(help="A file with its address, so that no password is in the list of processes.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Copy all data from the data folder into an empty PostgreSQL, compare, and check the books there.

    The gateway must be stopped. Exits with 1 at any difference; then nothing was kept.
    """
    from waystation.house.copying import copy_to

    with telling():
        copied = copy_to(settings_with(), _address(to, to_file))
        if as_json:
            typer.echo(msgspec.json.encode(copied.as_dict()).decode())
        else:
            _tell(copied)
    if not copied.passed:
        raise typer.Exit(1)


def _address(to: str | None, path: Path | None) -> str:
    if (to is None) == (path is None):
        raise Misconfigured("give the database either by --to or by --to-file")
    if path is None:
        return to or ""
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise Misconfigured(f"can't read {str(path)!r}: {error.strerror}") from error


def _tell(copied: "Copied") -> None:
    width = max(len(one.what) for one in copied.compared)
    for one in copied.compared:
        typer.echo(
            f"{one.what:{width}}  {one.source}" if one.same else f"{one.what:{width}}  {one.source} IS {one.target}"
        )
    if copied.books is None:
        typer.echo("The copy is not the same: nothing of it was kept.")
        return
    typer.echo(str(copied.books))
    if copied.passed:
        typer.echo("The copy is the same. Set WAYSTATION_DATABASE_URL to it, and keep the master key.")
