"""The call log."""

from alembic import op
from sqlalchemy import CheckConstraint, Column, Index, MetaData, Table

from waystation.adapters.sql.types import INTEGER, REAL, TEXT

revision = "0001"
down_revision = None

METADATA = MetaData()

Table(
    "calls",
    METADATA,
    Column("call_id", TEXT, primary_key=True),
    Column("at", REAL, nullable=False),
    Column("organization_id", TEXT, nullable=False),
    Column("token_id", TEXT, nullable=False),
    Column("request_model", TEXT, nullable=False),
    Column("upstream", TEXT),
    Column("outcome", TEXT, nullable=False),
    Column("amount_nanos", INTEGER, nullable=False),
    Column("record", TEXT, nullable=False),
    Index("calls_by_time", "at", "call_id"),
    sqlite_strict=True,
)

Table(
    "watermark",
    METADATA,
    Column("one", INTEGER, CheckConstraint("one = 1"), primary_key=True, autoincrement=False),
    Column("posting_id", INTEGER, nullable=False),
    sqlite_strict=True,
)


def upgrade() -> None:
    METADATA.create_all(op.get_bind(), checkfirst=False)
    op.execute("INSERT INTO watermark (one, posting_id) VALUES (1, 0)")
