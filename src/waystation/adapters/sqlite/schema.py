"""Bringing the files to the schema of this version. Alembic is asked only if one of them is not there already."""

from contextlib import closing
from pathlib import Path
from typing import Final

from waystation.adapters.sql.revisions import SCHEMAS, Schema, head, version_table
from waystation.adapters.sqlite.connection import CALLS_FILE, LEDGER_FILE, RESPONSES_FILE, connect_reader

FILES: Final[dict[Schema, str]] = {"ledger": LEDGER_FILE, "calls": CALLS_FILE, "responses": RESPONSES_FILE}


def bring_up(data_dir: Path) -> None:
    """Make the files that are missing, and apply the revisions that they have not seen. Two may do so at once.

    Raises: Misconfigured if a later version wrote one, StoreUnavailable, sqlite3.Error.
    """
    if all(revision(data_dir, schema) == head(schema) for schema in SCHEMAS):
        return
    from waystation.adapters.sql import engine, migrate  # a third of a second, which most starts do not need

    migrate.migrate(engine.of_files(data_dir))


def revision(data_dir: Path, schema: Schema) -> str | None:
    """That of a schema's file. None: it is not there, or alembic has not seen it yet. Raises: sqlite3.Error."""
    path = data_dir / FILES[schema]
    if not path.exists():
        return None
    table = version_table(schema)
    with closing(connect_reader(path)) as connection:
        if connection.execute("SELECT 1 FROM sqlite_schema WHERE name = ?", (table,)).fetchone() is None:
            return None
        (number,) = connection.execute(f"SELECT version_num FROM {table}").fetchone()  # noqa: S608 - a constant
    return str(number)
