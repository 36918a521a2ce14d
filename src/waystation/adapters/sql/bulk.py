"""Many rows at once: SQLite's executemany, PostgreSQL's COPY. Statement by statement it would take minutes."""

import io
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, Final

from sqlalchemy import Connection, Table

_ESCAPES: Final = str.maketrans({"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"})


def insert_rows(connection: Connection, table: Table, rows: Sequence[Sequence[Any]], columns: Sequence[str]) -> None:
    """Insert the rows, whose values stand in the order of `columns`."""
    if not rows:
        return
    names = ", ".join(f'"{name}"' for name in columns)
    if connection.dialect.name == "sqlite":
        marks = ", ".join("?" * len(columns))
        connection.exec_driver_sql(f"INSERT INTO {table.name} ({names}) VALUES ({marks})", [tuple(row) for row in rows])  # noqa: S608 - constants
        return
    raw = connection.connection.driver_connection
    assert raw is not None
    text = "".join(f"{copy_line(row)}\n" for row in rows)
    raw.cursor().execute(f"COPY {table.name} ({names}) FROM STDIN", stream=io.BytesIO(text.encode()))


def copy_line(row: Sequence[Any]) -> str:
    """A row in the text form of COPY, without its end (postgresql.org, "COPY", "Text Format")."""
    return "\t".join([_cell(value) for value in row])


def batches(rows: Iterable[Any], size: int) -> Iterator[list[Any]]:
    """The rows in lists of at most `size`."""
    iterator = iter(rows)
    while batch := list(islice(iterator, size)):
        yield batch


def _cell(value: object) -> str:
    if value is None:
        return "\\N"
    if isinstance(value, str):
        return value.translate(_ESCAPES)
    if isinstance(value, bytes):
        return f"\\\\x{value.hex()}"
    return repr(value)
