"""Bringing a database to the schema of this version, by alembic's revisions in `migrations/`, one line for each schema.

A revision may only add what the version before it can live with, so that old and new servers run side by side: what is
to go is first no longer used, and dropped by a later version.
"""

import logging

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import RevisionStep
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import inspect

from waystation.adapters.sql.adopt import adopt
from waystation.adapters.sql.engine import Database
from waystation.adapters.sql.locks import MIGRATING
from waystation.adapters.sql.revisions import FOLDER, Schema, version_table
from waystation.wire.errors import Misconfigured

logging.getLogger("alembic").setLevel(logging.WARNING)  # it tells of each step what the revisions tell


def upgrade(database: Database, schema: Schema) -> None:
    """Apply the revisions that it has not seen. Raises: Misconfigured if a later version wrote it, StoreUnavailable."""
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


def _steps(script: ScriptDirectory, revision: str) -> list[RevisionStep]:
    """`revision` is a tuple in fact, of one, or of none."""
    try:
        return script._upgrade_revs("head", revision)  # noqa: SLF001 - what alembic's own commands do
    except CommandError as error:
        raise Misconfigured(
            f"the database is of a later version of Waystation ({', '.join(revision)}): update this one"
        ) from error
