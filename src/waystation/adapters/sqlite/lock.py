"""One server for each data directory. The kernel drops the lock with the process, however it dies."""

import fcntl
import os
from pathlib import Path
from typing import Final

from waystation.wire.errors import Misconfigured

LOCK_FILE: Final = "server.lock"


class DirectoryLock:
    """Held from `take` to `release`."""

    def __init__(self, data_dir: Path) -> None:
        self._path = data_dir / LOCK_FILE
        self._file: int | None = None

    def take(self) -> None:
        """Raises: Misconfigured if another server runs on this directory."""
        file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            owner = os.read(file, 32).decode("ascii", "replace").strip()
            os.close(file)
            raise Misconfigured(f"process {owner} already serves from {str(self._path.parent)!r}") from None
        os.truncate(file, 0)
        os.write(file, b"%d\n" % os.getpid())
        self._file = file

    def release(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None


def is_served(data_dir: Path) -> bool:
    """Whether a server runs on this directory now."""
    try:
        file = os.open(data_dir / LOCK_FILE, os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(file)
    return False
