"""Bringing a database to the schema of this version, by alembic's revisions in `migrations/`, one line for each schema.

A revision may only add what the version before it can live with, so that old and new servers run side by side: what is
to go is first no longer used, and dropped by a later version.
"""

from pathlib import Path
from typing import Any, Final

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from alembic.script.revision import ResolutionError
from sqlalchemy import Connection, inspect

from waystation.adapters.sql.engine import SCHEMAS, Database, Schema
from waystation.wire.errors import Misconfigured

FOLDER: Final = Path(__file__).parent / "migrations"
_LOCK: Final = 0x57415953  # "WAYS": PostgreSQL's advisory lock for it


def migrate(database: Database) -> dict[Schema, str]:
    """Apply the revisions that this database has not seen; the newest of each schema.

    Two processes may do so at once. Raises: Misconfigured if a later version wrote it, StoreUnavailable.
    """
    return {schema: _migrate(database, schema) for schema in SCHEMAS}


def head(schema: Schema) -> str:
    """The newest revision that this version knows, read off the names of its files."""
    return max(path.name for path in (FOLDER / schema).glob("[0-9]*.py")).partition("_")[0]


def version_table(schema: Schema) -> str:
    return f"{schema}_revision"


def _migrate(database: Database, schema: Schema) -> str:
    script = _script(schema)
    with database.writing(schema) as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
        else:
            _adopt(connection, schema)
        context = EnvironmentContext(Config(), script, fn=lambda revision, _: _steps(script, revision))
        with context:
            context.configure(connection=connection, version_table=version_table(schema), transactional_ddl=False)
            context.run_migrations()
    return head(schema)


def _steps(script: ScriptDirectory, revision: Any) -> list[Any]:
    try:
        return script._upgrade_revs("head", revision)  # noqa: SLF001 - what alembic's own commands do
    except ResolutionError as error:
        raise Misconfigured(
            f"the database is of a later version of Waystation ({revision}): update this one"
        ) from error


def _script(schema: Schema) -> ScriptDirectory:
    return ScriptDirectory(str(FOLDER), version_locations=[str(FOLDER / schema)])


# What the scripts before alembic ended with.
_LAST_SCRIPT: Final[dict[Schema, int]] = {"ledger": 5, "calls": 1, "responses": 1}


def _adopt(connection: Connection, schema: Schema) -> None:
    """A file that the numbered scripts of the first versions made is at alembic's first revision.

    Raises: Misconfigured for one that stands between them.
    """
    if not inspect(connection).has_table("schema_version"):
        return
    version = connection.exec_driver_sql("SELECT max(version) FROM schema_version").scalar_one()
    if version != _LAST_SCRIPT[schema]:
        raise Misconfigured(
            f"the {schema} file is of a version in development ({version}); run the last one of those on it first"
        )
    table = version_table(schema)
    connection.exec_driver_sql(f"CREATE TABLE {table} (version_num VARCHAR(32) NOT NULL PRIMARY KEY)")
    connection.exec_driver_sql(f"INSERT INTO {table} VALUES ('0001')")  # noqa: S608 - a constant
    connection.exec_driver_sql("DROP TABLE schema_version")
