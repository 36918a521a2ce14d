"""Opening a database file the one right way."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import Final, Literal

from waystation.wire.errors import Misconfigured

Synchronous = Literal["NORMAL", "FULL"]

LEDGER_FILE: Final = "ledger.db"
CALLS_FILE: Final = "calls.db"
RESPONSES_FILE: Final = "responses.db"
BUSY_MS: Final = 5000
LOG_BYTES_MAX: Final = 64 * 1024 * 1024  # what the log file is cut back to after a long reader made it grow
SQLITE_OLDEST: Final = (3, 37, 0)  # STRICT tables

# WAL keeps its index in shared memory, which these do not share between hosts (sqlite.org/wal.html, "Disadvantages").
NETWORK_FILESYSTEMS: Final = frozenset(
    {"afs", "cifs", "fuse.glusterfs", "fuse.s3fs", "fuse.sshfs", "lustre", "nfs", "nfs4", "smb3", "smbfs"}
)


def connect(
    path: Path, *, synchronous: Synchronous = "NORMAL", busy_ms: int | None = None, one_thread: bool = True
) -> sqlite3.Connection:
    """A connection in autocommit: transactions are the caller's, and begin with BEGIN IMMEDIATE.

    `busy_ms`: how long a statement waits for another process. `one_thread`: whether Python sees to it that no other
    thread comes near. It never checkpoints by itself, except as the last one that closes: that is for the server, by
    `checkpoint`.
    Creates the file, not its folder. Raises: Misconfigured on a network file system or an old SQLite, sqlite3.Error.
    """
    if sqlite3.sqlite_version_info < SQLITE_OLDEST:
        raise Misconfigured(f"SQLite {sqlite3.sqlite_version} is too old: 3.37 or later is needed")
    refuse_network(path)
    timeout = (BUSY_MS if busy_ms is None else busy_ms) / 1000
    connection = sqlite3.connect(
        path, timeout=timeout, isolation_level=None, cached_statements=256, check_same_thread=one_thread
    )
    try:
        _enter_wal(connection)
        connection.execute(f"PRAGMA synchronous = {synchronous}")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA wal_autocheckpoint = 0")
        connection.execute(f"PRAGMA journal_size_limit = {LOG_BYTES_MAX}")
    except BaseException:
        connection.close()
        raise
    return connection


def connect_reader(path: Path) -> sqlite3.Connection:
    """A connection that cannot write, beside a running server or alone. Raises: Misconfigured, sqlite3.Error."""
    require(path)
    refuse_network(path)
    # Not mode=ro: the last reader of a WAL file that a crash left behind has to recover it, and that writes.
    connection = sqlite3.connect(path, timeout=BUSY_MS / 1000, isolation_level=None)
    connection.execute("PRAGMA query_only = ON")
    return connection


def require(path: Path) -> None:
    """Raises: Misconfigured if the file is not there. SQLite would make an empty one."""
    if not path.exists():
        raise Misconfigured(f"there is no {path.name!r} in {str(path.parent)!r}: has the server run there?")


def checkpoint(connection: sqlite3.Connection, mode: Literal["FULL", "TRUNCATE"] = "FULL") -> bool:
    """Copy the log into the database, as far as other readers allow, without waiting for them; whether they did.

    TRUNCATE leaves the log empty then.
    Both keep other processes from committing meanwhile: before SQLite 3.51.3 a commit that restarts the log during a
    checkpoint could corrupt the file (sqlite.org/wal.html, "The WAL-reset bug").
    """
    (busy_ms,) = connection.execute("PRAGMA busy_timeout").fetchone()
    connection.execute("PRAGMA busy_timeout = 0")
    try:
        (prevented, _, _) = connection.execute(f"PRAGMA wal_checkpoint({mode})").fetchone()
    finally:
        connection.execute(f"PRAGMA busy_timeout = {busy_ms}")
    return not prevented


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """A write transaction: committed at the end of the block, or rolled back if it raises.

    IMMEDIATE takes the write lock at once: a transaction that reads first and then writes can fail or lose an update.
    """
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def refuse_network(path: Path, mounts: Path = Path("/proc/self/mounts")) -> None:
    """Raises: Misconfigured if the path's file system is known to be shared between hosts."""
    target = path.absolute().resolve()
    try:
        lines = mounts.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:  # not Linux
        return
    found = ("", "")
    for line in lines:
        _, point, kind, *_ = line.split(" ")
        point = point.replace("\\040", " ")
        if target.is_relative_to(point) and len(point) >= len(found[0]):
            found = (point, kind)
    if found[1] in NETWORK_FILESYSTEMS:
        raise Misconfigured(f"{str(path)!r} is on {found[1]!r}, a network file system: SQLite needs a local disk")


def _enter_wal(connection: sqlite3.Connection) -> None:
    """SQLite does not wait for others here, by itself, when a new file is opened by two at once."""
    until = monotonic() + BUSY_MS / 1000
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError:
            if monotonic() > until:
                raise
            sleep(0.005)
        else:
            return
