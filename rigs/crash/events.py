"""What happens at a moment. Each event leaves everything running again, as far as it is the one to mend it."""

import asyncio
import os
import random
import shutil
import signal
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final

from rigs.crash.station import FAKETIME, Station
from rigs.gateway import Failed

Event = Callable[[Station], Awaitable[None]]

JUMPS: Final = ("+1h", "-1h", "+2d", "-2d", "+0")


async def kill(station: Station) -> None:
    """SIGKILL of the gateway."""
    await station.gateway.kill()
    await asyncio.sleep(0.05)  # what was on the wire still arrives
    await station.gateway.start()


async def pause(station: Station) -> None:
    """SIGSTOP of the gateway, and on it goes."""
    station.gateway.send(signal.SIGSTOP)
    await asyncio.sleep(random.uniform(0.2, 1.5))
    station.gateway.send(signal.SIGCONT)


async def clock(station: Station) -> None:
    """The gateway's clock jumps."""
    station.clock.write_text(f"{random.choice(JUMPS)}\n")
    await asyncio.sleep(1.5)


async def disk(station: Station) -> None:
    """The file system of the database is full for a while."""
    with suppress(OSError), station.ballast.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, shutil.disk_usage(station.disk).free)
    await asyncio.sleep(random.uniform(0.5, 1.5))
    station.ballast.unlink(missing_ok=True)
    await _revive(station)


async def drop(station: Station) -> None:
    """Every connection to the database, or to the upstream, is cut."""
    if station.postgres is None:
        await station.upstream.stop()
        await asyncio.sleep(0.1)
        await station.upstream.start(port=station.upstream.port)
    else:
        with suppress(OSError):
            await asyncio.to_thread(station.postgres.terminate_others)


async def kill_database(station: Station) -> None:
    """SIGKILL of PostgreSQL with all its processes."""
    assert station.postgres is not None
    await asyncio.to_thread(station.postgres.kill)
    await asyncio.sleep(random.uniform(0, 1.5))
    await asyncio.to_thread(station.postgres.start)


async def kill_both(station: Station) -> None:
    """The machine is gone: gateway and PostgreSQL at once."""
    assert station.postgres is not None
    await asyncio.gather(station.gateway.kill(), asyncio.to_thread(station.postgres.kill))
    await asyncio.to_thread(station.postgres.start)
    await station.gateway.start()


async def kill_in_outage(station: Station) -> None:
    """The gateway dies while the database is away, with postings that wait in its journal."""
    assert station.postgres is not None
    await asyncio.to_thread(station.postgres.kill)
    await asyncio.sleep(random.uniform(0.1, 1.0))
    await station.gateway.kill()
    await asyncio.to_thread(station.postgres.start)
    await station.gateway.start()


async def pause_database(station: Station) -> None:
    """SIGSTOP of PostgreSQL."""
    assert station.postgres is not None
    station.postgres.pause()
    await asyncio.sleep(random.choice((0.3, 1.0, 3.0)))
    station.postgres.resume()


async def backup(station: Station) -> None:
    """A copy taken under load, restored elsewhere, is a ledger that verifies."""
    if station.postgres is None:
        copy = station.folder / "backup"
        await station.expect("backup", str(copy))
        await station.expect("ledger", "verify", environment={"WAYSTATION_DATA_DIR": str(copy)})
        shutil.rmtree(copy)
        return
    url = await asyncio.to_thread(station.postgres.copy, "waystation", "restored")
    await station.expect("ledger", "verify", environment={"WAYSTATION_DATABASE_URL": url})
    await asyncio.to_thread(station.postgres.drop, "restored")


async def _revive(station: Station) -> None:
    """Who ended for want of space is started again."""
    if station.postgres is not None and not station.postgres.running:
        await asyncio.to_thread(station.postgres.start)
    if not station.gateway.running:
        await station.gateway.start()


_BOTH: Final[dict[str, Event]] = {
    "kill": kill,
    "pause": pause,
    "clock": clock,
    "disk": disk,
    "drop": drop,
    "backup": backup,
}
EVENTS: Final[dict[str, dict[str, Event]]] = {
    "sqlite": _BOTH,
    "postgres": _BOTH
    | {
        "kill-database": kill_database,
        "kill-both": kill_both,
        "kill-in-outage": kill_in_outage,
        "pause-database": pause_database,
    },
}


def chosen(store: str, names: str | None, station: Station) -> dict[str, Event]:
    """The events to draw from. Raises: Failed for one that can't be had here."""
    known = EVENTS[store]
    wanted = list(known) if names is None else names.split(",")
    for name in wanted:
        if name not in known:
            raise Failed(f"there is no event {name!r} on {store}; there are {', '.join(known)}")
        if name == "clock" and not FAKETIME.exists():
            raise Failed("the event 'clock' needs libfaketime: apt-get install faketime, or leave it out by --events")
        if name == "disk" and not station.mounted:
            raise Failed("the event 'disk' needs root, to mount a small file system; or leave it out by --events")
    return {name: known[name] for name in wanted}
