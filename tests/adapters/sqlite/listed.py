"""The call log's records, as they lie in the file."""

import sqlite3
from contextlib import closing
from pathlib import Path

import msgspec

from waystation.wire.record import CallRecord


def records_in(path: Path) -> list[CallRecord]:
    """Newest first. The amount is the column's, which follows the posting."""
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT record, amount_nanos FROM calls ORDER BY at DESC, call_id DESC").fetchall()
    return [
        msgspec.structs.replace(msgspec.json.decode(record, type=CallRecord), amount_nanos=amount)
        for record, amount in rows
    ]
