"""Idempotency keys of calls, for as long as a repeated call is known again.

A key itself is not kept, since it may hold anything that a caller writes: `digest` stands for it and its sub-token.
Whether its call is under way or done follows from what became of its hold.
"""

from sqlalchemy import Column, Index, Table

from waystation.adapters.sql.tables.catalogue import LEDGER
from waystation.adapters.sql.types import BLOB, REAL, TEXT

call_keys = Table(
    "call_keys",
    LEDGER,
    Column("digest", BLOB, primary_key=True),
    Column("input_digest", BLOB, nullable=False),
    Column("call_id", TEXT, nullable=False),
    Column("hold_id", TEXT, nullable=False),
    Column("at", REAL, nullable=False),
    Column("expires_at", REAL, nullable=False),
    Index("call_keys_by_expiry", "expires_at"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)
