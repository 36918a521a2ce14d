"""How much a power failure may take. A killed process never loses a committed posting, in either mode."""

import logging
import os
import sys
import threading
from pathlib import Path
from typing import Final, Literal

log = logging.getLogger(__name__)

# "process": a commit is with the kernel at once and on disk within SYNC_S. "power": on disk before it is answered.
Durability = Literal["process", "power"]

SYNC_S: Final = 0.05

_sync: Final = os.fdatasync if sys.platform == "linux" else os.fsync


class Syncer:
    """Brings the write-ahead log of a database to disk soon after each commit, off the writer's way."""

    def __init__(self, database: Path) -> None:
        self._wal = database.with_name(database.name + "-wal")
        self._dirty = threading.Event()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="waystation-sync", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def committed(self) -> None:
        if not self._dirty.is_set():
            self._dirty.set()

    def stop(self) -> None:
        self._stopping = True
        self._dirty.set()
        self._thread.join()

    def _run(self) -> None:
        pause = threading.Event()
        while not self._stopping:
            self._dirty.wait()
            pause.wait(SYNC_S)
            self._dirty.clear()
            self.sync()

    def sync(self) -> None:
        # SQLite's file locks are on the database and its index, so opening and closing the log loses none of them.
        try:
            file = os.open(self._wal, os.O_RDONLY)
        except FileNotFoundError:  # closed and checkpointed
            return
        try:
            _sync(file)
        except OSError:
            log.exception("write-ahead log not synced", extra={"file": self._wal.name})
        finally:
            os.close(file)
