"""Many rows with few statements.

A statement lets go of the interpreter's lock while it runs. A thread that runs one for each row wakes the event loop
for each row, and the loop pays for it.
"""

from collections.abc import Callable, Sequence
from itertools import chain
from sqlite3 import Cursor
from typing import Final

CHUNK: Final = 32  # so many statements of one kind, each compiled once; they fit into `connect`'s cache

Execute = Callable[[str, tuple[object, ...]], Cursor]
Row = tuple[object, ...]


def write_rows(execute: Execute, statement: Callable[[int], str], rows: Sequence[Row]) -> int:
    """Run the statement for so many rows as often as it takes; how many rows of the table it touched."""
    if len(rows) == 1:
        return execute(statement(1), rows[0]).rowcount
    touched = 0
    for start in range(0, len(rows), CHUNK):
        part = rows[start : start + CHUNK]
        touched += execute(statement(len(part)), tuple(chain.from_iterable(part))).rowcount
    return touched


def values(columns: Sequence[str], count: int) -> str:
    """`VALUES` with placeholders for so many rows."""
    row = f"({', '.join('?' * len(columns))})"
    return f"VALUES {', '.join([row] * count)}"
