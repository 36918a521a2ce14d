"""Call records that a crash took, written anew from what their postings rest on."""

import logging
import sqlite3
from math import inf
from typing import Final, NamedTuple

import msgspec

from waystation.adapters.sqlite import records
from waystation.adapters.sqlite.connection import transaction
from waystation.wire.record import CallRecord, written

log = logging.getLogger(__name__)

_CHUNK: Final = 1000
_POSTINGS: Final = """
SELECT id, at, call_id, kind, marks, amount + coalesce((
  SELECT sum(CASE WHEN c.debit_account = p.debit_account THEN c.amount ELSE -c.amount END)
  FROM postings AS c WHERE c.corrects = p.id
), 0)
FROM postings AS p WHERE id > ? AND call_id IS NOT NULL ORDER BY id LIMIT ?
"""
_read_basis: Final = msgspec.json.Decoder(CallRecord).decode
_read_marks: Final = msgspec.json.Decoder(tuple[str, ...]).decode


class _Posting(NamedTuple):
    posting_id: int
    at: float
    call_id: str
    kind: str
    marks: str
    amount: int


def catch_up(ledger: sqlite3.Connection, calls: sqlite3.Connection, *, before: float = inf) -> int:
    """Compare the postings made before that time (Unix seconds) with their records; how many had to be rebuilt.

    What was compared once is not compared again, and what retention deleted stays so. Raises: sqlite3.Error.
    """
    rebuilt = 0
    watermark, kept_since = calls.execute("SELECT posting_id, kept_since FROM watermark").fetchone()
    while postings := _postings(ledger, watermark, before):
        watermark = postings[-1].posting_id
        found = [_record(ledger, postings[number]) for number in _unrecorded(calls, postings)]
        lost = [record for record in found if record is not None and record.at >= kept_since]
        with transaction(calls):
            records.mend(calls, [written(record) for record in lost])
            calls.execute("UPDATE watermark SET posting_id = ?", (watermark,))
        rebuilt += len(lost)
    if rebuilt:
        log.warning("call records rebuilt", extra={"count": rebuilt})
    return rebuilt


def _postings(ledger: sqlite3.Connection, watermark: int, before: float) -> list[_Posting]:
    """The next postings of calls, each with its corrections, up to the first that is too young."""
    rows = ledger.execute(_POSTINGS, (watermark, _CHUNK)).fetchall()
    postings = [_Posting(*row) for row in rows]
    young = next((number for number, posting in enumerate(postings) if posting.at >= before), len(postings))
    return postings[:young]


def _unrecorded(calls: sqlite3.Connection, postings: list[_Posting]) -> list[int]:
    """Which of them have no record of the same amount, by place in the list."""
    wanted = msgspec.json.encode([(posting.call_id, posting.amount) for posting in postings]).decode()
    rows = calls.execute(
        "SELECT wanted.key FROM json_each(?) AS wanted"
        " LEFT JOIN calls ON calls.call_id = json_extract(wanted.value, '$[0]')"
        " WHERE calls.amount_nanos IS NOT json_extract(wanted.value, '$[1]')",
        (wanted,),
    )
    return [number for (number,) in rows]


def _record(ledger: sqlite3.Connection, posting: _Posting) -> CallRecord | None:
    (basis,) = ledger.execute("SELECT basis FROM postings WHERE id = ?", (posting.posting_id,)).fetchone()
    try:
        record = _read_basis(basis)
    except msgspec.DecodeError as error:
        log.error("basis not readable", extra={"call_id": posting.call_id, "error": str(error)})  # noqa: TRY400 - told
        return None
    return msgspec.structs.replace(
        record,
        amount_nanos=posting.amount,
        estimated=posting.kind == "estimated",
        marks=_read_marks(posting.marks),
    )
