"""`waystation serve`: the gateway."""

import os
from typing import Annotated

import typer

from waystation.cli.telling import telling


def serve(
    host: Annotated[str | None, typer.Option(help="Listen here instead of at WAYSTATION_HOST.")] = None,
    port: Annotated[int | None, typer.Option(help="… and here instead of at WAYSTATION_PORT; 0: any free port.")] = None,
    demo: Annotated[bool, typer.Option("--demo", help="With a built-in upstream and a token: no account needed.")] = False,
) -> None:
    """Run the gateway until Ctrl-C or SIGTERM; then open calls may finish."""
    from waystation.demo.house import run_demo
    from waystation.house import House, run
    from waystation.settings import read

    with telling():
        given = {"WAYSTATION_HOST": host, "WAYSTATION_PORT": None if port is None else str(port)}
        settings = read({**os.environ, **{name: value for name, value in given.items() if value is not None}})
