"""Insert or replace, as SQLite and PostgreSQL both know it."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite


def upsert(
    connection: Connection, table: Table, key: str, fields: dict[str, Any], *, once: Collection[str] = ()
) -> None:
    """Insert a row, or update everything of it but its key and what is written `once`."""
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    row = insert(table).values(fields)
    changed = {name: row.excluded[name] for name in fields if name != key and name not in once}
    connection.execute(row.on_conflict_do_update(index_elements=[key], set_=changed))
