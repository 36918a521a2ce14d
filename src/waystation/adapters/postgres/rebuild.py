"""Call records that a crash took, written anew from what their postings rest on."""

import logging
from typing import Final

import msgspec

from waystation.adapters.postgres import records
from waystation.adapters.postgres.link import Connection
from waystation.adapters.sql.locks import RECORDING, SAFE_POSTING
from waystation.wire.record import CallRecord, written

log = logging.getLogger(__name__)

CHUNK: Final = 1000
_read_basis: Final = msgspec.json.Decoder(CallRecord).decode
_read_marks: Final = msgspec.json.Decoder(tuple[str, ...]).decode

_ALONE: Final = f"SELECT pg_try_advisory_xact_lock({RECORDING})"

_NEXT: Final = (
    "SELECT id FROM postings WHERE id > (SELECT posting_id FROM watermark)"  # noqa: S608 - constants
    f" AND id <= $1 AND call_id IS NOT NULL ORDER BY id LIMIT {CHUNK}"
)
# What a posting comes to with its corrections.
_LOST: Final = """
SELECT p.call_id, due.amount, p.kind, p.marks, p.basis FROM postings AS p
CROSS JOIN LATERAL (
  SELECT p.amount + coalesce(
    sum(CASE WHEN c.debit_account = p.debit_account THEN c.amount ELSE -c.amount END), 0
  )::bigint AS amount
  FROM postings AS c WHERE c.corrects = p.id
) AS due
LEFT JOIN calls ON calls.call_id = p.call_id
WHERE p.id = ANY($1::bigint[]) AND calls.amount_nanos IS DISTINCT FROM due.amount
"""


async def catch_up(connection: Connection, *, up_to: int) -> int:
    """Compare the postings up to that number, a safe one, with their records; how many had to be rebuilt.

    What was compared once is not compared again, and what retention deleted stays so. Nothing is done while another
    server does it.
    Raises: asyncpg.PostgresError, OSError.
    """
    rebuilt = 0
    while (chunk := await _catch_up(connection, up_to)) is not None:
        rebuilt += chunk
    if rebuilt:
        log.warning("call records rebuilt", extra={"count": rebuilt})
    return rebuilt


async def safe_posting(connection: Connection) -> int:
    """The highest number up to which every posting is committed: no posting with a lower one can come later."""
    ((safe, _),) = await connection.fetch(SAFE_POSTING)
    return int(safe)


async def _catch_up(connection: Connection, up_to: int) -> int | None:
    """One chunk; None if there is none, or another server is at it."""
    async with connection.transaction():
        if not await connection.fetchval(_ALONE):
            return None
        ids = [id_ for (id_,) in await connection.fetch(_NEXT, up_to)]
        if not ids:
            return None
        rows = await connection.fetch(_LOST, ids)
        ((kept_since,),) = await connection.fetch("SELECT kept_since FROM watermark")
        lost = [record for row in rows if (record := _record(*row)) is not None and record.at >= kept_since]
        await records.mend(connection, [written(record) for record in lost])
        await connection.execute("UPDATE watermark SET posting_id = $1", ids[-1])
        return len(lost)


def _record(call_id: str, amount: int, kind: str, marks: str, basis: bytes) -> CallRecord | None:
    try:
        record = _read_basis(basis)
    except msgspec.DecodeError as error:
        log.error("basis not readable", extra={"call_id": call_id, "error": str(error)})  # noqa: TRY400 - told
        return None
    return msgspec.structs.replace(record, amount_nanos=amount, estimated=kind == "estimated", marks=_read_marks(marks))
