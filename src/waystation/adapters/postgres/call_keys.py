"""Idempotency keys of calls. One statement claims a key that nobody has; only else is it looked at who has it."""

from typing import Final

from waystation.adapters.postgres.link import Connection
from waystation.adapters.postgres.links import Links
from waystation.adapters.sql.locks import KEYS
from waystation.ledger.call_key import Claimed, taken
from waystation.wire.booking import ClaimOrder, Taken

SWEEP_MAX: Final = 1000

_INTO: Final = (
    "INSERT INTO call_keys (digest, input_digest, call_id, hold_id, at, expires_at) VALUES ($1, $2, $3, $4, $5, $6)"
    " ON CONFLICT (digest) DO"
)
_CLAIM: Final = f"{_INTO} NOTHING"
_TAKE: Final = (
    f"{_INTO} UPDATE SET input_digest = excluded.input_digest, call_id = excluded.call_id,"
    " hold_id = excluded.hold_id, at = excluded.at, expires_at = excluded.expires_at"
)
_ALONE: Final = f"SELECT pg_advisory_xact_lock({KEYS}, $1)"
_FIND: Final = (
    "SELECT k.input_digest, k.call_id, k.at, k.expires_at,"
    " CASE WHEN p.id IS NOT NULL THEN 'posted' WHEN h.id IS NOT NULL THEN 'held'"
    "  WHEN r.hold_id IS NOT NULL THEN 'released' ELSE 'none' END, coalesce(p.amount, 0), coalesce(p.currency, '')"
    " FROM call_keys AS k LEFT JOIN postings AS p ON p.hold_id = k.hold_id LEFT JOIN holds AS h ON h.id = k.hold_id"
    " LEFT JOIN releases AS r ON r.hold_id = k.hold_id WHERE k.digest = $1"
)
_FREE: Final = (
    "DELETE FROM call_keys AS k WHERE digest = $1 AND call_id = $2"
    " AND NOT EXISTS (SELECT FROM holds AS h WHERE h.id = k.hold_id)"
    " AND NOT EXISTS (SELECT FROM postings AS p WHERE p.hold_id = k.hold_id)"
    " AND NOT EXISTS (SELECT FROM releases AS r WHERE r.hold_id = k.hold_id)"
)
_SWEEP: Final = (
    "DELETE FROM call_keys WHERE digest IN"  # noqa: S608 - constants
    f" (SELECT digest FROM call_keys WHERE expires_at <= $1 LIMIT {SWEEP_MAX} FOR UPDATE SKIP LOCKED)"
)


class CallKeys:
    """Every method raises StoreUnavailable."""

    def __init__(self, links: Links) -> None:
        self._links = links

    async def claim(self, order: ClaimOrder) -> Taken | None:
        async def work(connection: Connection) -> Taken | None:
            done = await connection.execute(_CLAIM, *_row(order))
            return None if done == "INSERT 0 1" else await _contend(connection, order)

        return await self._links.do(work)

    async def free(self, digest: bytes, call_id: str) -> None:
        await self._links.do(lambda connection: connection.execute(_FREE, digest, call_id))

    async def sweep(self, at: float) -> None:
        await self._links.do(lambda connection: connection.execute(_SWEEP, at))


async def _contend(connection: Connection, order: ClaimOrder) -> Taken | None:
    """Whoever looks at a key to take it is alone with it meanwhile."""
    async with connection.transaction():
        await connection.execute(_ALONE, int.from_bytes(order.digest[:4], "big", signed=True))
        row = await connection.fetchrow(_FIND, order.digest)
        found = taken(None if row is None else Claimed(*row), order)
        if found is None:
            await connection.execute(_TAKE, *_row(order))
        return found


def _row(order: ClaimOrder) -> tuple[object, ...]:
    return (order.digest, order.input_digest, order.call_id, order.hold_id, order.at, order.expires_at)
