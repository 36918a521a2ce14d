"""`waystation serve`: the gateway."""

from typing import Annotated

import typer

from waystation.cli.telling import settings_with, telling


def serve(
    host: Annotated[str | None, typer.Option(help="Listen here instead of at WAYSTATION_HOST.")] = None,
    port: Annotated[int | None, typer.Option(help="… instead of at WAYSTATION_PORT; 0: any free port.")] = None,
    workers: Annotated[
        int | None, typer.Option(help="… instead of WAYSTATION_WORKERS; more than one need PostgreSQL and Redis.")
    ] = None,
    migrate: Annotated[
        bool, typer.Option("--migrate", help="Bring the database to this version's schema first, as `migrate` does.")
    ] = False,
    demo: Annotated[
        bool, typer.Option("--demo", help="With a built-in upstream and a token: needs no account.")
    ] = False,
) -> None:
    """Run the gateway until Ctrl-C or SIGTERM; then open calls may finish. SIGHUP replaces several workers in turn."""
    from waystation.house import migrated
    from waystation.house import serve as run

    with telling():
        settings = settings_with({"host": host, "port": port, "workers": workers})
        if migrate:
            migrated(settings)
        run(settings, typer.echo, demo=demo)
