"""Moving from SQLite's files to PostgreSQL: what `waystation copy` does."""

from contextlib import closing

import msgspec
from pydantic import SecretStr

from waystation.adapters.sql.copy import Compared, copy
from waystation.adapters.sql.engine import of_files, of_url
from waystation.adapters.sql.migrate import migrate
from waystation.adapters.sqlite.connection import LEDGER_FILE, require
from waystation.adapters.sqlite.lock import DirectoryLock
from waystation.house.auditing import verify_ledger
from waystation.ledger.verify import Report
from waystation.settings import Settings


class Copied(msgspec.Struct, frozen=True):
    """The tables and sums that were compared, and the check of the books on the copy; None: there is no copy."""

    compared: list[Compared]
    books: Report | None

    @property
    def passed(self) -> bool:
        return self.books is not None and self.books.passed

    def as_dict(self) -> dict[str, object]:
        """For `--json`."""
        return {
            "passed": self.passed,
            "compared": [{**msgspec.structs.asdict(one), "same": one.same} for one in self.compared],
            "books": None if self.books is None else self.books.as_dict(),
        }


def copy_to(settings: Settings, url: str) -> Copied:
    """Copy the files of the data folder into an empty database, and check the copy. No gateway may run meanwhile.

    Raises: Misconfigured if one does, if the database is not empty, or if a side can't be used; StoreUnavailable.
    """
    require(settings.data_dir / LEDGER_FILE)
    lock = DirectoryLock(settings.data_dir)
    lock.take()
    try:
        with closing(of_files(settings.data_dir)) as source, closing(of_url(url)) as target:
            migrate(source)
            migrate(target)
            compared = copy(source, target)
    finally:
        lock.release()
    same = all(one.same for one in compared)
    there = settings.model_copy(update={"database_url": SecretStr(url)})
    return Copied(compared, verify_ledger(there) if same else None)
