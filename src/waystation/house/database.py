"""The database of the settings, for what commands and duties do beside the calls."""

from collections.abc import Iterator
from contextlib import contextmanager

from waystation.adapters.sql.engine import Database, of_files, of_url
from waystation.adapters.sql.migrate import migrate
from waystation.settings import Settings
from waystation.wire.errors import Misconfigured


@contextmanager
def opened(settings: Settings, *, at_head: bool = True) -> Iterator[Database]:
    """The database, brought to this version's schema first unless `at_head` is false; closed at the end of the block.

    Raises: Misconfigured if it can't be used, StoreUnavailable.
    """
    database = database_of(settings)
    try:
        if at_head:
            migrate(database)
        yield database
    finally:
        database.close()


def database_of(settings: Settings) -> Database:
    """PostgreSQL, if the settings name one; else the files in the data folder, which is made. Raises: Misconfigured."""
    if settings.database_url is not None:
        return of_url(settings.database_url.get_secret_value())
    try:
        settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise Misconfigured(f"can't use the data in {str(settings.data_dir)!r}: {error}") from error
    return of_files(settings.data_dir)
