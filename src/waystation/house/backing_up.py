"""A copy of the data that a gateway can start from. What `waystation backup` does."""

import sqlite3
from pathlib import Path

import msgspec

from waystation.adapters.sqlite.backup import backup
from waystation.house.auditing import verify_ledger
from waystation.ledger.verify import Report
from waystation.settings import Settings
from waystation.wire.errors import Misconfigured


class Copy(msgspec.Struct, frozen=True, kw_only=True):
    """The files that were made, and what the check of the copied books found; None: it was not asked for."""

    files: list[str]
    books: Report | None = None


def back_up(settings: Settings, target: Path, *, check: bool) -> Copy:
    """Raises: Misconfigured if it can't be done."""
    if settings.database_url is not None:
        raise Misconfigured("PostgreSQL makes its own backups: pg_dump or pg_basebackup, see docs/operate/backup.md")
    try:
        files = backup(settings.data_dir, target)
    except (sqlite3.Error, OSError) as error:
        raise Misconfigured(f"can't copy {str(settings.data_dir)!r} to {str(target)!r}: {error}") from error
    books = verify_ledger(settings.model_copy(update={"data_dir": target})) if check else None
    return Copy(files=[str(path) for path in files], books=books)
