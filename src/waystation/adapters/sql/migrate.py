"""Bringing a database to the schema of this version, by alembic's revisions in `migrations/`, one line for each schema.

A revision may only add what the version before it can live with, so that old and new servers run side by side: what is
to go is first no longer used, and dropped by a later version.
"""

import logging
from threading import Lock
from typing import Final

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import RevisionStep
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import inspect

from waystation.adapters.sql.adopt import adopt
from waystation.adapters.sql.engine import Database
from waystation.adapters.sql.locks import MIGRATING
from waystation.adapters.sql.revisions import FOLDER, SCHEMAS, Schema, check, head, version_table
from waystation.wire.errors import Misconfigured

__all__ = ["head", "migrate", "require_head", "revisions", "version_table"]

logging.getLogger("alembic").setLevel(logging.WARNING)  # it tells of each step what the revisions tell

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
    if _revision(database, schema) == head(schema):  # as every command but the first finds it: alembic takes its time
        return head(schema)
    script = ScriptDirectory(str(FOLDER), version_locations=[str(FOLDER / schema)])
    with database.writing(schema) as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({MIGRATING})")
        elif inspect(connection).has_table("schema_version"):
            adopt(connection, schema)
        context = EnvironmentContext(Config(), script, fn=lambda revision, _: _steps(script, revision))
        with context:
            context.configure(connection=connection, version_table=version_table(schema), transactional_ddl=False)
            context.run_migrations()
    return head(schema)


def _steps(script: ScriptDirectory, revision: str) -> list[RevisionStep]:
    """`revision` is a tuple in fact, of one, or of none."""
    try:
        return script._upgrade_revs("head", revision)  # noqa: SLF001 - what alembic's own commands do
    except CommandError as error:
        raise Misconfigured(
            f"the database is of a later version of Waystation ({', '.join(revision)}): update this one"
        ) from error
