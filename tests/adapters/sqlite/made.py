"""Databases with the schema of this version, quickly: each is a copy of one that was migrated."""

import sqlite3
import tempfile
from contextlib import closing
from functools import cache
from pathlib import Path

from waystation.adapters.sql.revisions import Schema
from waystation.adapters.sqlite.connection import connect
from waystation.adapters.sqlite.schema import FILES, bring_up


def make(connection: sqlite3.Connection, schema: Schema) -> None:
    """Give an empty database the schema. One that has it already keeps what it has."""
    if connection.execute("SELECT count(*) FROM sqlite_schema").fetchone() == (0,):
        with closing(sqlite3.connect(":memory:")) as template:
            template.deserialize(_template(schema))
            template.backup(connection)


def make_all(folder: Path) -> None:
    """The files of a data directory, which is made if it is not there."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for schema, name in FILES.items():
        with closing(connect(folder / name)) as connection:
            make(connection, schema)


@cache
def _template(schema: Schema) -> bytes:
    with (
        tempfile.TemporaryDirectory(prefix="waystation-") as folder,
        closing(sqlite3.connect(":memory:")) as copy,  # which is not in WAL mode
    ):
        bring_up(Path(folder))
        with closing(sqlite3.connect(Path(folder) / FILES[schema])) as made:
            made.execute("PRAGMA journal_mode = DELETE")
            made.backup(copy)
        return copy.serialize()
