"""`waystation apply` and `waystation export`: what the gateway serves, as a file."""

import os
from pathlib import Path
from typing import Annotated

import typer

from waystation.cli.telling import settings_with, telling


def apply(
    file: Annotated[Path, typer.Argument(help="The file, in YAML or JSON.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would change.")] = False,
    prune: Annotated[
        bool, typer.Option("--prune", help="Remove what a file put here and this one leaves out.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Make upstreams, models, organizations and tokens what FILE says: all of it, or nothing."""
    from waystation.house import operations

    with telling(), operations(settings_with()) as catalogue:
        plan = catalogue.apply_file(file, environ=os.environ, dry_run=dry_run, prune=prune)
        typer.echo(plan.json().decode() if as_json else plan.text())


def export(
    with_secrets: Annotated[
        bool, typer.Option("--with-secrets", help="With the upstreams' keys in the clear.")
    ] = False,
) -> None:
    """Print what the gateway serves as a file that `apply` takes again."""
    from waystation.house import operations

    with telling(), operations(settings_with()) as catalogue:
        typer.echo(catalogue.export(with_secrets=with_secrets), nl=False)
