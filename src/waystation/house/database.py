"""The database of the settings, for what commands and duties do beside the calls."""

from collections.abc import Iterator
from contextlib import contextmanager

from waystation.adapters.sql.engine import Database, of_files, of_url
from waystation.adapters.sql.migrate import migrate, require_head, revisions
from waystation.adapters.sql.revisions import SCHEMAS, Schema, head
from waystation.adapters.sqlite.schema import revision
from waystation.settings import Settings
from waystation.wire.errors import Misconfigured


@contextmanager
def opened(settings: Settings, *, at_head: bool = True) -> Iterator[Database]:
    """The database, closed at the end of the block. It has this version's schema, unless `at_head` is false.

    SQLite's files are brought to it. A PostgreSQL may serve others, and is changed by `migrated` alone.
    Raises: Misconfigured if it can't be used, StoreUnavailable.
    """
    database = database_of(settings)
    try:
        if at_head:
            (migrate if database.dialect == "sqlite" else require_head)(database)
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


def revisions_of(settings: Settings) -> dict[Schema, str | None]:
    """The revision that each schema has now, None if it is not there yet. Nothing is changed. Raises as `opened`."""
    if settings.database_url is None:
        return {schema: revision(settings.data_dir, schema) for schema in SCHEMAS}
    with opened(settings, at_head=False) as database:
        return revisions(database)


def newest_revisions() -> dict[Schema, str]:
    """What this version brings a database to."""
    return {schema: head(schema) for schema in SCHEMAS}


def migrated(settings: Settings) -> dict[Schema, str]:
    """The newest revision of each schema, to which the database has been brought. Raises as `opened`."""
    with opened(settings, at_head=False) as database:
        return migrate(database)
