"""`waystation migrate`: bring the database to the schema of this version."""

from typing import Annotated

import msgspec
import typer

from waystation.cli.telling import settings_with, telling


def migrate(
    check: Annotated[
        bool, typer.Option("--check", help="Change nothing; exit with 1 if there is something to do.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the revisions as JSON.")] = False,
) -> None:
    """Bring the database to the schema of this version. It may be run while gateways of the version before serve."""
    from waystation.house import migrated, newest_revisions, revisions_of

    with telling():
        settings = settings_with()
        before = revisions_of(settings)
        after = newest_revisions() if check else migrated(settings)
    behind = {schema for schema, number in after.items() if (before[schema] or "") < number}
    if as_json:
        told = {schema: {"before": before[schema], "after": number} for schema, number in after.items()}
        typer.echo(msgspec.json.encode(told).decode())
    else:
        typer.echo("The database is behind: " if check and behind else "The database is ready: ", nl=False)
        typer.echo(", ".join(_step(schema, before[schema], number) for schema, number in after.items()))
    if check and behind:
        raise typer.Exit(1)


def _step(schema: str, before: str | None, after: str) -> str:
    return f"{schema} {after}" if before == after else f"{schema} {before or 'nothing'} -> {after}"
