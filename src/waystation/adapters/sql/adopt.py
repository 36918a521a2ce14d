"""Files that the numbered scripts of the first versions made: they become alembic's first revision."""

from typing import Final

from sqlalchemy import Connection

from waystation.adapters.sql.revisions import Schema, version_table
from waystation.wire.errors import Misconfigured

# What the scripts before alembic ended with.
_LAST_SCRIPT: Final[dict[Schema, int]] = {"ledger": 5, "calls": 1, "responses": 1}

# Checks that would forbid what may be written since. The revisions make tables without them.
_LIFTED: Final[dict[Schema, tuple[tuple[str, str], ...]]] = {
    "ledger": (
        ("accounts", " CHECK (kind IN ('wallet', 'budget', 'system'))"),
        ("accounts", " CHECK (period IN ('total', 'day', 'week', 'month'))"),
        ("postings", " CHECK (kind IN ('opening', 'usage', 'estimated'))"),
        ("releases", " CHECK (reason IN ('voided', 'expired'))"),
        ("tokens", " CHECK (budget_period IN ('total', 'day', 'week', 'month'))"),
    ),
    "calls": (),
    "responses": (),
}


def adopt(connection: Connection, schema: Schema) -> None:
    """Inside the transaction that goes on with the revisions.

    Raises: Misconfigured for a file that stands between the scripts.
    """
    version = connection.exec_driver_sql("SELECT max(version) FROM schema_version").scalar_one()
    if version != _LAST_SCRIPT[schema]:
        raise Misconfigured(
            f"the {schema} file is of a version in development ({version}); run the last one of those on it first"
        )
    if _LIFTED[schema]:
        _lift(connection, _LIFTED[schema])
    table = version_table(schema)
    connection.exec_driver_sql(f"CREATE TABLE {table} (version_num VARCHAR(32) NOT NULL PRIMARY KEY)")
    connection.exec_driver_sql(f"INSERT INTO {table} VALUES ('0001')")  # noqa: S608 - a constant
    connection.exec_driver_sql("DROP TABLE schema_version")


def _lift(connection: Connection, checks: tuple[tuple[str, str], ...]) -> None:
    """SQLite can't drop a check, but keeps the text that made the table: sqlite.org/lang_altertable.html, section 7.

    A table made anew would take as long as it has rows, and its postings may not be touched.
    """
    version = connection.exec_driver_sql("PRAGMA schema_version").scalar_one()
    connection.exec_driver_sql("PRAGMA writable_schema = ON")
    for table, check in checks:
        found = connection.exec_driver_sql(
            "UPDATE sqlite_schema SET sql = replace(sql, ?1, '')"
            " WHERE type = 'table' AND name = ?2 AND instr(sql, ?1) > 0",
            (check, table),
        )
        if found.rowcount != 1:
            raise Misconfigured(f"the table {table!r} is not as Waystation made it: it has not{check}")
    connection.exec_driver_sql(f"PRAGMA schema_version = {version + 1}")
    connection.exec_driver_sql("PRAGMA writable_schema = OFF")
