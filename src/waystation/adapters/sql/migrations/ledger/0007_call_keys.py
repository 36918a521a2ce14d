"""Idempotency keys of calls."""

from alembic import op
from sqlalchemy import Column, Index, MetaData, Table

from waystation.adapters.sql.types import BLOB, REAL, TEXT

revision = "0007"
down_revision = "0006"

METADATA = MetaData()

Table(
    "call_keys",
    METADATA,
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


def upgrade() -> None:
    METADATA.create_all(op.get_bind(), checkfirst=False)
