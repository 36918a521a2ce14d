"""The journal's file: appended to and synced, read at the start, and cut when all of it is booked."""

import fcntl
import logging
import os
from pathlib import Path
from typing import Final

from waystation.adapters.spool.frames import MARK, Booking, frame, read_frames
from waystation.wire.errors import Misconfigured, StoreUnavailable

log = logging.getLogger(__name__)

JOURNAL_FILE: Final = "bookings.journal"
REFUSED_FILE: Final = "bookings.refused"
BOOKINGS_MAX: Final = 100_000


class InUse(Misconfigured):
    """Another process has the journal."""


class Journal:
    """Between `open` and `close`. One process at a time has it. `size` is its bytes, `count` its bookings.

    What `append` has returned from survives a power cut.
    """

    def __init__(self, path: Path, *, bytes_max: int) -> None:
        self._path = path
        self._bytes_max = bytes_max
        self._file: int | None = None
        self.size = 0
        self.count = 0

    def open(self) -> list[Booking]:
        """What the file holds. A booking that was cut off in writing was never promised to anybody, and is dropped.

        Raises: InUse if another process has the file, Misconfigured if it is damaged; OSError.
        """
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            bookings = self._take(file)
            _sync_folder(self._path.parent)
        except BaseException:
            os.close(file)
            raise
        self._file, self.count = file, len(bookings)
        return bookings

    def append(self, bookings: list[Booking]) -> None:
        """All of them or none. Raises: StoreUnavailable if there is no room for them, or they can't be written."""
        data = b"".join(map(frame, bookings))
        if self.size + len(data) > self._bytes_max or self.count + len(bookings) > BOOKINGS_MAX:
            raise StoreUnavailable("The journal for the time without a ledger is full.")
        file = self._opened()
        try:
            _write(file, data, self.size)
            os.fsync(file)
        except OSError as error:
            self._take_back(file)
            raise StoreUnavailable(f"The journal {str(self._path)!r} can't be written: {error.strerror}.") from error
        self.size += len(data)
        self.count += len(bookings)

    def cut(self) -> None:
        """Drop all bookings. Raises: OSError."""
        file = self._opened()
        os.ftruncate(file, len(MARK))
        os.fsync(file)
        self.size, self.count = len(MARK), 0

    def close(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _opened(self) -> int:
        if self._file is None:
            raise StoreUnavailable("The journal is closed.")
        return self._file

    def _take(self, file: int) -> list[Booking]:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InUse(
                f"Another process has {str(self._path)!r}: each gateway needs a data directory of its own."
            ) from None
        bookings, self.size, rest = _read(file, self._path)
        if rest:
            log.warning("journal ends in the middle", extra={"bytes": len(rest), "kept_as": f"{self._path}.rest"})
            self._path.with_name(f"{self._path.name}.rest").write_bytes(rest)
        if self.size == 0:
            _write(file, MARK, 0)
            self.size = len(MARK)
        os.ftruncate(file, self.size)
        os.fsync(file)
        return bookings

    def _take_back(self, file: int) -> None:
        """Half of a booking would hide what is written after it."""
        try:
            os.ftruncate(file, self.size)
        except OSError:
            self.close()


def waiting(path: Path) -> int:
    """How many bookings a journal holds, without taking it: 0 if there is none. Raises: Misconfigured, OSError."""
    try:
        file = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return 0
    try:
        return len(_read(file, path)[0])
    finally:
        os.close(file)


def _read(file: int, path: Path) -> tuple[list[Booking], int, bytes]:
    """The bookings, where the last of them ends, and what follows it. Raises: Misconfigured."""
    with open(file, "rb", closefd=False) as stream:
        data = stream.read()
    try:
        bookings, end = read_frames(data)
    except ValueError as error:
        raise Misconfigured(
            f"{str(path)!r} holds bills that are not booked yet, and {error}. Keep a copy, and move it away to start."
        ) from error
    return bookings, end, data[end:]


def _write(file: int, data: bytes, at: int) -> None:
    while data:
        written = os.pwrite(file, data, at)
        data, at = data[written:], at + written


def _sync_folder(folder: Path) -> None:
    """So that the file itself is still there after a power cut."""
    file = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)
