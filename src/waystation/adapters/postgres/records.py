"""Call records as rows of the log, written in batches."""

from collections.abc import Sequence
from typing import Any, Final

from waystation.adapters.postgres.link import Connection
from waystation.adapters.postgres.rows import turned
from waystation.wire.record import Written

_COLUMNS: Final = (
    "call_id",
    "at",
    "organization_id",
    "token_id",
    "request_model",
    "upstream",
    "outcome",
    "amount_nanos",
    "record",
)
_TYPES: Final = ("text", "float8", "text", "text", "text", "text", "text", "bigint", "text")
_INSERT: Final = (
    f"INSERT INTO calls ({', '.join(_COLUMNS)}) SELECT * FROM unnest("  # noqa: S608 - constants
    + ", ".join(f"${number}::{type_}[]" for number, type_ in enumerate(_TYPES, start=1))
    + ") ON CONFLICT (call_id) DO UPDATE SET "
)
_WRITE: Final = _INSERT + ", ".join(f"{column} = excluded.{column}" for column in _COLUMNS[1:])
_MEND: Final = f"{_INSERT}amount_nanos = excluded.amount_nanos"


async def write(connection: Connection, records: Sequence[Written]) -> None:
    """A record that is there already was rebuilt from its posting: the whole one takes its place."""
    newest = {record.call_id: (record, text) for record, text in records}  # one statement can't write a row twice
    await connection.execute(_WRITE, *turned(_row(record) for record in newest.values()))


async def mend(connection: Connection, records: Sequence[Written]) -> None:
    """Add the records that are missing, and put right the amounts of those that are there."""
    if records:
        await connection.execute(_MEND, *turned(_row(record) for record in records))


def _row(entry: Written) -> tuple[Any, ...]:
    record, text = entry
    return (
        record.call_id,
        record.at,
        record.organization_id,
        record.token_id,
        record.request_model,
        record.upstream,
        record.outcome,
        record.amount_nanos,
        text.decode(),
    )
