"""`waystation worker`: one of the processes of `serve --workers`, started by that and by nobody else."""

from typing import Annotated

import typer

from waystation.cli.telling import settings_with, telling


def worker(
    listeners: Annotated[str, typer.Argument(help="The file descriptors to listen on, with commas between.")],
    channel: Annotated[int, typer.Argument(help="That of the way to the supervisor.")],
) -> None:
    """Serve as one of several workers."""
    from waystation.house.worker import work

    with telling():
        work(settings_with(), [int(number) for number in listeners.split(",")], channel)
