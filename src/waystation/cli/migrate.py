"""`waystation migrate`: bring the database to the schema of this version."""

import json as json_
from typing import Annotated

import typer

from waystation.cli.telling import settings_with, telling


def migrate(
    json: Annotated[bool, typer.Option("--json", help="Print the revisions as JSON.")] = False,
) -> None:
    """Bring the database to the schema of this version. It may be run while gateways of the version before serve."""
    from waystation.house import migrated

    with telling():
        revisions = migrated(settings_with())
    if json:
        typer.echo(json_.dumps(revisions))
    else:
        typer.echo("The database is ready: " + ", ".join(f"{schema} {number}" for schema, number in revisions.items()))
