"""Journals in one data directory: each worker has one in a folder of its own, and what a worker that is gone has left
in its own is booked by another.

A folder is whoever's has locked the journal in it; the kernel unlocks it with the process, however that ends.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Final

from waystation.adapters.spool.frames import MARK, Booking
from waystation.adapters.spool.journal import JOURNAL_FILE, InUse, Journal
from waystation.wire.errors import Misconfigured, Overloaded, StoreUnavailable

log = logging.getLogger(__name__)

WORKERS_FOLDER: Final = "workers"
WORKERS_MAX: Final = 1024  # folders; a worker that is being replaced has one beside its successor's
LOOK_S: Final = 30.0  # between two looks for what was left: a worker may end when the last of its likes has begun

Book = Callable[[list[Booking]], Awaitable[None]]


def folders(data_dir: Path) -> list[Path]:
    """Where journals may be: that of a server by itself, and those of workers that are or were."""
    workers = data_dir / WORKERS_FOLDER
    return [data_dir, *sorted(path for path in workers.glob("*") if path.name.isdecimal())]


def own_folder(data_dir: Path, take: Callable[[Path], None]) -> Path:
    """The first of the workers' folders that could be taken. Raises: Misconfigured if none could; OSError."""
    for number in range(1, WORKERS_MAX + 1):
        folder = data_dir / WORKERS_FOLDER / str(number)
        try:
            take(folder)
        except InUse:
            continue
        return folder
    raise Misconfigured(f"{WORKERS_MAX} workers have a journal in {str(data_dir)!r} already")


class Inheritance:
    """`book` books all of some bookings, or raises StoreUnavailable or Overloaded, and may be given them again."""

    def __init__(self, data_dir: Path, book: Book) -> None:
        self._data_dir = data_dir
        self._book = book

    async def run(self) -> None:
        """Look now and then, for ever; cancelled at the end of the server."""
        while True:
            await asyncio.sleep(LOOK_S)
            try:
                await self.take()
            except (StoreUnavailable, Overloaded) as error:  # it is still there at the next look
                log.warning("a journal that was left is not booked yet", extra={"error": str(error)})
            except Exception:  # a background task: one surprise must not end the looking
                log.exception("journals that were left are not booked")

    async def take(self) -> None:
        """Book what nobody has any more. Raises: what `book` does, OSError."""
        for path in await asyncio.to_thread(lambda: list(_filled(self._data_dir))):
            journal = Journal(path, bytes_max=0)
            try:
                bookings = await asyncio.to_thread(journal.open)
            except InUse:
                continue
            except Misconfigured as error:  # it is no reason not to serve: a person has to look at it
                log.error("a journal that was left can't be read", extra={"error": str(error)})  # noqa: TRY400 - expected
                continue
            try:
                await self._book(bookings)
                await asyncio.to_thread(journal.cut)
            finally:
                journal.close()
            if bookings:
                log.warning("a journal that was left is booked", extra={"path": str(path), "count": len(bookings)})


def _filled(data_dir: Path) -> Iterator[Path]:
    """The journals with something in them, whosever they are."""
    for folder in folders(data_dir):
        path = folder / JOURNAL_FILE
        if path.is_file() and path.stat().st_size > len(MARK):
            yield path
