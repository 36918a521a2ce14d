"""A copy of a data directory, beside a running server, that a server can start from.

Each file is copied as it was at one moment, in an order in which the later one can make up for the earlier: a bill that
is in the journal and in the ledger is booked once, and a posting without its record is recorded at the next start. The
other way round something would be missing.
"""

import shutil
import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from typing import Final

from waystation.adapters.spool.journal import JOURNAL_FILE, REFUSED_FILE
from waystation.adapters.sqlite.connection import CALLS_FILE, LEDGER_FILE, RESPONSES_FILE, connect_reader
from waystation.wire.errors import Misconfigured

KEY_FILE: Final = "master.key"
DATABASES: Final = (RESPONSES_FILE, CALLS_FILE, LEDGER_FILE)
PLAIN: Final = (JOURNAL_FILE, REFUSED_FILE, KEY_FILE)


def backup(source: Path, target: Path) -> list[Path]:
    """Copy into a folder that is new or empty; the files that it has then.

    The ledger comes last: a copy without it was broken off. Raises: Misconfigured if there is something in the folder,
    or no data to copy; sqlite3.Error, OSError.
    """
    target.mkdir(mode=0o700, parents=True, exist_ok=True)
    if any(target.iterdir()):
        raise Misconfigured(f"{str(target)!r} is not empty: a backup is made into a folder of its own")
    return [*_copy_plain(source, target), *(_copy(source / name, target / name) for name in DATABASES)]


def _copy_plain(source: Path, target: Path) -> list[Path]:
    copied = []
    for name in PLAIN:
        with suppress(FileNotFoundError):  # the journal is there in outages only, the key may be a setting
            shutil.copyfile(source / name, target / name)
            (target / name).chmod(0o600)
            copied.append(target / name)
    return copied


def _copy(source: Path, target: Path) -> Path:
    """In one step: in parts, it would begin anew at each commit of the server's. Writers do not wait for it."""
    part = target.with_name(f"{target.name}.part")
    with closing(connect_reader(source)) as whole, closing(sqlite3.connect(part, isolation_level=None)) as copy:
        whole.backup(copy, pages=-1)
        copy.execute("PRAGMA journal_mode = DELETE")  # one file, and on the disk
    part.chmod(0o600)
    return part.replace(target)
