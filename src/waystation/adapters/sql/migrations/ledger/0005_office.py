"""What is booked by hand, seals, closed months, what upstreams cost."""

from alembic import op
from sqlalchemy import CheckConstraint, Column, Index, MetaData, Table, text

from waystation.adapters.sql.types import BLOB, INTEGER, REAL, TEXT

revision = "0005"
down_revision = "0004"

METADATA = MetaData()

Table(
    "lots",
    METADATA,
    Column("posting_id", INTEGER, primary_key=True, autoincrement=False),
    Column("account_id", INTEGER, nullable=False),
    Column("amount", INTEGER, CheckConstraint("amount > 0"), nullable=False),
    Column("remaining", INTEGER, CheckConstraint("remaining BETWEEN 0 AND amount"), nullable=False),
    Column("expires_at", REAL),
    Index(
        "lots_left",
        "account_id",
        sqlite_where=text("remaining > 0"),
        postgresql_where=text("remaining > 0"),
    ),
    sqlite_strict=True,
)

Table(
    "lot_marks",
    METADATA,
    Column("account_id", INTEGER, primary_key=True, autoincrement=False),
    Column("debits", INTEGER, nullable=False),
    sqlite_strict=True,
)

Table(
    "credit_lines",
    METADATA,
    Column("id", INTEGER, primary_key=True),
    Column("account_id", INTEGER, nullable=False),
    Column("at", REAL, nullable=False),
    Column("amount", INTEGER, CheckConstraint("amount >= 0"), nullable=False),
    Column("memo", TEXT, nullable=False),
    sqlite_strict=True,
)

Table(
    "booking_keys",
    METADATA,
    Column("organization_id", TEXT, primary_key=True),
    Column("key", TEXT, primary_key=True),
    Column("digest", BLOB, nullable=False),
    Column("answer", TEXT, nullable=False),
    Column("at", REAL, nullable=False),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

Table(
    "seals",
    METADATA,
    Column("number", INTEGER, primary_key=True, autoincrement=False),
    Column("first_posting", INTEGER, nullable=False),
    Column("last_posting", INTEGER, nullable=False),
    Column("count", INTEGER, nullable=False),
    Column("first_at", REAL, nullable=False),
    Column("last_at", REAL, nullable=False),
    Column("previous", BLOB, nullable=False),
    Column("hash", BLOB, nullable=False),
    Column("fingerprints", BLOB, nullable=False),
    Column("sealed_at", REAL, nullable=False),
    sqlite_strict=True,
)

Table(
    "closings",
    METADATA,
    Column("organization_id", TEXT, primary_key=True),
    Column("month", TEXT, primary_key=True),
    Column("starts_at", REAL, nullable=False),
    Column("ends_at", REAL, nullable=False),
    Column("through_posting", INTEGER, nullable=False),
    Column("figures", TEXT, nullable=False),
    Column("digest", TEXT, nullable=False),
    Column("closed_at", REAL, nullable=False),
    Column("closed_by", TEXT, nullable=False),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

Table(
    "cost_days",
    METADATA,
    Column("day", TEXT, primary_key=True),
    Column("upstream", TEXT, primary_key=True),
    Column("currency", TEXT, primary_key=True),
    Column("amount", INTEGER, nullable=False),
    Column("calls", INTEGER, nullable=False),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

Table(
    "office_marks",
    METADATA,
    Column("name", TEXT, primary_key=True),
    Column("posting_id", INTEGER, nullable=False),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)


def upgrade() -> None:
    METADATA.create_all(op.get_bind(), checkfirst=False)
    given = text("corrects IS NOT NULL")
    op.create_index("postings_that_correct", "postings", ["corrects"], sqlite_where=given, postgresql_where=given)
