"""Vendors' bills, row by row, and what came of comparing them with our calls."""

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Table

from waystation.adapters.sql.tables.catalogue import LEDGER
from waystation.adapters.sql.types import INTEGER, REAL, TEXT

# What the columns of a vendor's bill mean, as JSON.
vendor_mappings = Table(
    "vendor_mappings",
    LEDGER,
    Column("name", TEXT, primary_key=True),
    Column("body", TEXT, nullable=False),
    Column("saved_at", REAL, nullable=False),
    sqlite_strict=True,
)

# `upstream` is its name. `row_total` NULL: it is being loaded, or that was broken off. `body` is the mapping that it
# was read by; `first_day` and `last_day` are of the rows that tell one.
vendor_bills = Table(
    "vendor_bills",
    LEDGER,
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

vendor_rows = Table(
    "vendor_rows",
    LEDGER,
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

# `terms` and `tally` are JSON; `finished_at` NULL: it was broken off, and its differences are not all there.
reconcile_runs = Table(
    "reconcile_runs",
    LEDGER,
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

reconcile_differences = Table(
    "reconcile_differences",
    LEDGER,
    Column("run_id", TEXT, ForeignKey("reconcile_runs.id"), primary_key=True),
    Column("number", INTEGER, CheckConstraint("number > 0"), primary_key=True, autoincrement=False),
    Column("kind", TEXT, nullable=False),
    Column("body", TEXT, nullable=False),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)
