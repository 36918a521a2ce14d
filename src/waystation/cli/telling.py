"""What every command begins with: the settings, or a message that says what is wrong with them."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import typer

from waystation.wire.errors import WaystationError


@contextmanager
def telling() -> Iterator[None]:
    """Errors that an operator can mend are told in one line and end the command with 1, without a traceback."""
    try:
        yield
    except WaystationError as error:
        typer.echo(f"error: {error.message}", err=True)
        raise typer.Exit(1) from error
