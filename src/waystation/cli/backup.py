"""`waystation backup`: a copy of the data directory, beside a running gateway."""

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from waystation.cli.telling import settings_with, telling


def backup(
    folder: Annotated[Path, typer.Argument(help="A new or empty folder.")],
    check: Annotated[bool, typer.Option(help="Run `ledger verify` on the copy.")] = True,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Copy the data of SQLite's mode while the gateway runs, its key included; a gateway can start from the copy."""
    from waystation.house.backing_up import back_up

    with telling():
        made = back_up(settings_with(), folder, check=check)
        books = None if made.books is None else made.books.as_dict()
        if as_json:
            typer.echo(msgspec.json.encode({"files": made.files, "books": books}))
        else:
            for path in made.files:
                typer.echo(path)
            if made.books is not None:
                typer.echo(str(made.books))
    if made.books is not None and not made.books.passed:
        raise typer.Exit(1)
