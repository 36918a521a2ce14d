"""What commands do on the data, whether a gateway runs on it or not."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager

from waystation.adapters.clock import SystemClock
from waystation.adapters.crypto import Cipher
from waystation.adapters.sql.catalogue import SqlRepository
from waystation.adapters.sql.engine import of_files
from waystation.adapters.sqlite.connection import CALLS_FILE, LEDGER_FILE
from waystation.adapters.sqlite.records import CallFilter, calls
from waystation.adapters.sqlite.schema import bring_up
from waystation.adapters.sqlite.verify import verify
from waystation.ledger.verify import Report
from waystation.manifest.operations import Operations
from waystation.settings import Settings
from waystation.vendors import vendors
from waystation.wire.errors import Misconfigured
from waystation.wire.record import CallRecord

__all__ = ["CallFilter", "operations", "read_calls", "verify_ledger"]


@contextmanager
def operations(settings: Settings) -> Iterator[Operations]:
    """The catalogue, to be read and changed; a running gateway takes a change over by itself. Raises: Misconfigured."""
    try:
        settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise _unusable(settings, error) from error
    with _told(settings):
        bring_up(settings.data_dir)
        with closing(of_files(settings.data_dir)) as database:
            repository = SqlRepository(database, Cipher.from_settings(settings))
            yield Operations(repository, vendors(), SystemClock())


def read_calls(settings: Settings, wanted: CallFilter) -> Iterator[CallRecord]:
    with _told(settings):
        yield from calls(settings.data_dir / CALLS_FILE, wanted)


def verify_ledger(settings: Settings) -> Report:
    with _told(settings):
        return verify(settings.data_dir / LEDGER_FILE, settings.data_dir / CALLS_FILE)


@contextmanager
def _told(settings: Settings) -> Iterator[None]:
    """What SQLite can't do with the files is the operator's to mend. Raises: Misconfigured."""
    try:
        yield
    except sqlite3.Error as error:
        raise _unusable(settings, error) from error


def _unusable(settings: Settings, error: Exception) -> Misconfigured:
    return Misconfigured(f"can't use the data in {str(settings.data_dir)!r}: {error}")
