"""What a database's tables are, as far as the program can tell: for comparing two of them."""

import re
from typing import Any

from sqlalchemy import Connection, Inspector, inspect


def described(connection: Connection, *, without: str = "_revision") -> dict[str, dict[str, Any]]:
    """By table, whatever the order in which columns were added. Tables that end so are left out."""
    inspector = inspect(connection)
    names = [name for name in inspector.get_table_names() if not name.endswith(without)]
    strict = _options(connection)
    return {name: _table(inspector, name) | {"options": strict.get(name)} for name in sorted(names)}


def _table(inspector: Inspector, name: str) -> dict[str, Any]:
    key = inspector.get_pk_constraint(name)["constrained_columns"]
    return {
        "columns": {each["name"]: _column(each, key) for each in inspector.get_columns(name)},
        "key": key,
        "foreign": sorted(
            (each["constrained_columns"], each["referred_table"], each["referred_columns"])
            for each in inspector.get_foreign_keys(name)
        ),
        "unique": sorted(each["column_names"] for each in inspector.get_unique_constraints(name)),
        "indexes": {
            each["name"]: _index(each) for each in inspector.get_indexes(name) if "duplicates_constraint" not in each
        },
        "checks": sorted(_plain(each["sqltext"]) for each in inspector.get_check_constraints(name)),
    }


def _column(column: Any, key: list[str]) -> tuple[str, bool, str | None]:
    """SQLite calls its rowid nullable, unless it was told otherwise."""
    return str(column["type"]), column["nullable"] and column["name"] not in key, column["default"]


def _index(index: Any) -> tuple[Any, ...]:
    where = [value for key, value in index.get("dialect_options", {}).items() if key.endswith("_where")]
    return index["column_names"], bool(index["unique"]), [_plain(str(each)) for each in where]


def _plain(text: str) -> str:
    return re.sub(r"\s+", " ", text.strip())


def _options(connection: Connection) -> dict[str, tuple[int, int]]:
    """Whether SQLite's tables are strict, and without a rowid."""
    if connection.dialect.name != "sqlite":
        return {}
    rows = connection.exec_driver_sql("PRAGMA main.table_list").fetchall()
    return {row.name: (row.strict, row.wr) for row in rows}
