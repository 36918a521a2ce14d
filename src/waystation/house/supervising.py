"""A node of several workers, which share everything through PostgreSQL and Redis."""

import asyncio
import socket
import sys
from collections.abc import Callable
from typing import Final

from waystation.adapters.logs import log_to_stderr
from waystation.adapters.sqlite.lock import DirectoryLock
from waystation.adapters.workers.listening import listen
from waystation.adapters.workers.supervisor import Supervisor
from waystation.gateway.gathered import Gathered
from waystation.house.running import run
from waystation.settings import Settings
from waystation.wire.errors import Misconfigured

# Not from the folder that one happens to be in: what is imported there is not ours.
COMMAND: Final = (sys.executable, "-P", "-m", "waystation", "worker")
MARGIN_S: Final = 20.0  # beside its calls, a worker that ends writes down what it has: bills, records, a seal


def supervise(settings: Settings, say: Callable[[str], None]) -> None:
    """Run the workers until SIGINT or SIGTERM; SIGHUP replaces them one by one. `say` prints what a person should read.

    Raises: Misconfigured, HouseError if a worker does not start.
    """
    check(settings)
    log_to_stderr(settings.log_level)
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = DirectoryLock(settings.data_dir)
    lock.take()
    try:
        sockets = listen(settings.host, settings.port)
        supervisor = Supervisor(
            COMMAND,
            sockets,
            count=settings.workers,
            patience_s=settings.stop_delay_s + settings.drain_s + MARGIN_S,
            gathered=Gathered(),
        )
        run(_supervise(supervisor, sockets, settings, say), supervisor.stop, supervisor.roll)
    finally:
        lock.release()
    say("Stopped.")


def check(settings: Settings) -> None:
    """Whether the settings let several workers share what they must. Raises: Misconfigured."""
    lacking = [
        words
        for words, value in (
            ("WAYSTATION_DATABASE_URL (PostgreSQL, for the ledger)", settings.database_url),
            ("WAYSTATION_REDIS_URL (Redis, for limits and the states of keys)", settings.redis_url),
        )
        if value is None
    ]
    if lacking:
        raise Misconfigured(
            f"{settings.workers} workers share everything through a database and Redis: set {' and '.join(lacking)}, "
            "or serve with one worker."
        )


async def _supervise(
    supervisor: Supervisor, sockets: list[socket.socket], settings: Settings, say: Callable[[str], None]
) -> None:
    port = sockets[0].getsockname()[1]
    running = asyncio.ensure_future(supervisor.run())
    listening = asyncio.create_task(supervisor.listening.wait())
    await asyncio.wait({running, listening}, return_when=asyncio.FIRST_COMPLETED)
    if listening.done():
        place = settings.data_dir.resolve()
        say(f"Waystation listens on http://{settings.host}:{port} with {settings.workers} workers; journals in {place}")
    listening.cancel()
    await running
