"""Vendors' bills beside our own."""

from alembic import op
from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, MetaData, Table

from waystation.adapters.sql.types import INTEGER, REAL, TEXT

revision = "0006"
down_revision = "0005"

METADATA = MetaData()

Table(
    "vendor_mappings",
    METADATA,
    Column("name", TEXT, primary_key=True),
    Column("body", TEXT, nullable=False),
    Column("saved_at", REAL, nullable=False),
    sqlite_strict=True,
)

Table(
    "vendor_bills",
    METADATA,
    Column("id", TEXT, primary_key=True),
    Column("upstream", TEXT, nullable=False),
    Column("mapping", TEXT, nullable=False),
    Column("body", TEXT, nullable=False),
    Column("file_name", TEXT, nullable=False),
    Column("sha256", TEXT, nullable=False, unique=True),
    Column("loaded_at", REAL, nullable=False),
    Column("row_total", INTEGER),
    Column("first_day", TEXT),
    Column("last_day", TEXT),
    sqlite_strict=True,
)

Table(
    "vendor_rows",
    METADATA,
    Column("bill_id", TEXT, ForeignKey("vendor_bills.id"), primary_key=True),
    Column("number", INTEGER, primary_key=True, autoincrement=False),
    Column("day", TEXT),
    Column("model", TEXT),
    Column("key_name", TEXT),
    Column("request_id", TEXT),
    Column("calls", INTEGER),
    Column("input_tokens", INTEGER),
    Column("output_tokens", INTEGER),
    Column("cache_read_input_tokens", INTEGER),
    Column("cache_creation_input_tokens", INTEGER),
    Column("amount_nanos", INTEGER),
    Column("currency", TEXT),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

Table(
    "reconcile_runs",
    METADATA,
    Column("id", TEXT, primary_key=True),
    Column("bill_id", TEXT, ForeignKey("vendor_bills.id"), nullable=False),
    Column("upstream", TEXT, nullable=False),
    Column("at", REAL, nullable=False),
    Column("first_day", TEXT, nullable=False),
    Column("last_day", TEXT, nullable=False),
    Column("terms", TEXT, nullable=False),
    Column("tally", TEXT, nullable=False),
    Column("finished_at", REAL),
    Index("reconcile_runs_of_bill", "bill_id"),
    sqlite_strict=True,
)

Table(
    "reconcile_differences",
    METADATA,
    Column("run_id", TEXT, ForeignKey("reconcile_runs.id"), primary_key=True),
    Column("number", INTEGER, CheckConstraint("number > 0"), primary_key=True, autoincrement=False),
    Column("kind", TEXT, nullable=False),
    Column("body", TEXT, nullable=False),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)


def upgrade() -> None:
    METADATA.create_all(op.get_bind(), checkfirst=False)
