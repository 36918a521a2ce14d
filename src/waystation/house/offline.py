"""What commands do on the data, whether a gateway runs on it or not."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DatabaseError

from waystation.adapters.clock import SystemClock
from waystation.adapters.crypto import Cipher
from waystation.adapters.sql.catalogue import SqlRepository
from waystation.house.database import opened
from waystation.manifest.by_hand import ByHand
from waystation.manifest.key_hand import KeyHand
from waystation.manifest.operations import Operations
from waystation.settings import Settings
from waystation.vendors import vendors
from waystation.wire.errors import Misconfigured

__all__ = ["by_hand", "keys_by_hand", "operations", "told"]


@contextmanager
def operations(settings: Settings) -> Iterator[Operations]:
    """The catalogue, to be read and changed; a running gateway takes a change over by itself. Raises: Misconfigured."""
    with told(settings), opened(settings) as database:
        yield Operations(SqlRepository(database, Cipher.from_settings(settings)), vendors(), SystemClock())


@contextmanager
def by_hand(settings: Settings) -> Iterator[ByHand]:
    """As `operations`, for single changes."""
    with operations(settings) as opened_:
        yield ByHand(opened_.repository, opened_.clock)


@contextmanager
def keys_by_hand(settings: Settings) -> Iterator[KeyHand]:
    """As `by_hand`, for the keys of upstreams."""
    with operations(settings) as opened_:
        yield KeyHand(opened_.repository, opened_.clock)


@contextmanager
def told(settings: Settings) -> Iterator[None]:
    """What SQLite can't do with the files is the operator's to mend. Raises: Misconfigured."""
    try:
        yield
    except (sqlite3.Error, DatabaseError) as error:
        cause = error.orig if isinstance(error, DatabaseError) else error
        if not isinstance(cause, sqlite3.Error):
            raise
        raise Misconfigured(f"can't use the data in {str(settings.data_dir)!r}: {cause}") from error
