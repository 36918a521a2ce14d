"""Whether a database has the schema of this version, and bringing it there."""

from threading import Lock
from typing import Final

from sqlalchemy import inspect

from waystation.adapters.sql.engine import Database
from waystation.adapters.sql.revisions import SCHEMAS, Schema, check, head, version_table

__all__ = ["head", "migrate", "require_head", "revisions", "version_table"]

_here: Final = Lock()  # alembic's revisions are run against one connection of the process, wherever they look it up


def migrate(database: Database) -> dict[Schema, str]:
    """Apply the revisions that this database has not seen; the newest of each schema.

    Two may do so at once. Raises: Misconfigured if a later version wrote it, StoreUnavailable.
    """
    with _here:
        return {schema: _migrate(database, schema) for schema in SCHEMAS}


def require_head(database: Database) -> None:
    """Raises: Misconfigured if the database has not the schema of this version, StoreUnavailable."""
    for schema, revision in revisions(database).items():
        check(schema, revision)


def revisions(database: Database) -> dict[Schema, str | None]:
    """What each schema was brought to; None: it has no tables yet, or those from before alembic."""
    return {schema: _revision(database, schema) for schema in SCHEMAS}


def _revision(database: Database, schema: Schema) -> str | None:
    with database.writing(schema) as connection:
        if not inspect(connection).has_table(version_table(schema)):
            return None
        query = f"SELECT version_num FROM {version_table(schema)}"  # noqa: S608 - constants
        return str(connection.exec_driver_sql(query).scalar_one())


def _migrate(database: Database, schema: Schema) -> str:
    if _revision(database, schema) == head(schema):  # as every command but the first finds it
        return head(schema)
    from waystation.adapters.sql.upgrade import upgrade  # alembic takes 60 ms and 11 MB, and is needed once

    upgrade(database, schema)
    return head(schema)
