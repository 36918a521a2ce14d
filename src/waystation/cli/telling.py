"""What every command begins with: the settings, or one message that says what is wrong."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import typer

from waystation.manifest.mistakes import Rejected
from waystation.settings import Settings, read
from waystation.wire.errors import WaystationError


@contextmanager
def telling() -> Iterator[None]:
    """What an operator can mend is told on stderr and ends the command with 1, without a traceback."""
    try:
        yield
    except Rejected as rejected:
        typer.echo(str(rejected), err=True)
        raise typer.Exit(1) from rejected
    except WaystationError as error:
        typer.echo(f"error: {error.message}", err=True)
        raise typer.Exit(1) from error


def settings_with(options: Mapping[str, object] | None = None) -> Settings:
    """The settings of the environment; an option that was given wins over its variable. Raises: Misconfigured."""
    given = {f"WAYSTATION_{name.upper()}": str(value) for name, value in (options or {}).items() if value is not None}
    return read({**os.environ, **given})
