"""Idempotency keys in the ledger's file, in the writer's own transaction."""

import sqlite3
from typing import Final

from waystation.ledger.call_key import EXPIRED_AT_ONCE, Claimed, taken
from waystation.wire.booking import ClaimOrder, Taken

# The fate of the claim's hold, and what it was billed.
_FIND: Final = """
SELECT input_digest, call_keys.call_id, call_keys.at, expires_at, CASE
  WHEN postings.hold_id IS NOT NULL THEN 'posted'
  WHEN EXISTS (SELECT 1 FROM holds WHERE id = call_keys.hold_id) THEN 'held'
  WHEN EXISTS (SELECT 1 FROM releases WHERE hold_id = call_keys.hold_id) THEN 'released'
  ELSE 'none' END, coalesce(amount, 0), coalesce(currency, '')
FROM call_keys LEFT JOIN postings ON postings.hold_id = call_keys.hold_id WHERE digest = ?
"""
_KEEP: Final = """
INSERT INTO call_keys (digest, input_digest, call_id, hold_id, at, expires_at) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (digest) DO UPDATE SET input_digest = excluded.input_digest, call_id = excluded.call_id,
  hold_id = excluded.hold_id, at = excluded.at, expires_at = excluded.expires_at
"""
_SWEEP: Final = """
DELETE FROM call_keys WHERE digest IN (SELECT digest FROM call_keys WHERE expires_at <= ? LIMIT ?)
"""


class CallKeys:
    """In the open transaction, after all that is known of holds has been written."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._execute = connection.cursor().execute

    def claim(self, order: ClaimOrder) -> Taken | None:
        found = taken(self._find(order.digest), order)
        if found is None:
            self._execute(_SWEEP, (order.at, EXPIRED_AT_ONCE))
            row = (order.digest, order.input_digest, order.call_id, order.hold_id, order.at, order.expires_at)
            self._execute(_KEEP, row)
        return found

    def free(self, digest: bytes, call_id: str) -> None:
        known = self._find(digest)
        if known is not None and known.call_id == call_id and known.fate == "none":
            self._execute("DELETE FROM call_keys WHERE digest = ?", (digest,))

    def _find(self, digest: bytes) -> Claimed | None:
        row = self._execute(_FIND, (digest,)).fetchone()
        return None if row is None else Claimed(*row)
