"""What is booked beside the calls: gifts, keys of bookings, seals, closed months, what upstreams cost."""

from sqlalchemy import CheckConstraint, Column, Index, Table, text

from waystation.adapters.sql.tables.catalogue import LEDGER
from waystation.adapters.sql.tables.ledger import postings
from waystation.adapters.sql.types import BLOB, INTEGER, REAL, TEXT

# A gift, known by its posting. `remaining` is what was left of it when its wallet's mark was set; it is used first, and
# taken back at `expires_at` (NULL: never).
lots = Table(
    "lots",
    LEDGER,
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

# How much of a wallet's debits its lots have paid their part of: what was debited since is still to be taken from them.
lot_marks = Table(
    "lot_marks",
    LEDGER,
    Column("account_id", INTEGER, primary_key=True, autoincrement=False),
    Column("debits", INTEGER, nullable=False),
    sqlite_strict=True,
)

# How far debits may pass credits, each time that it was set; the newest stands in `accounts.slack`.
credit_lines = Table(
    "credit_lines",
    LEDGER,
    Column("id", INTEGER, primary_key=True),
    Column("account_id", INTEGER, nullable=False),
    Column("at", REAL, nullable=False),
    Column("amount", INTEGER, CheckConstraint("amount >= 0"), nullable=False),
    Column("memo", TEXT, nullable=False),
    sqlite_strict=True,
)

# A booking that was asked for with a key: the same key and input give `answer` again. `digest`: SHA-256 of the input.
booking_keys = Table(
    "booking_keys",
    LEDGER,
    Column("organization_id", TEXT, primary_key=True),
    Column("key", TEXT, primary_key=True),
    Column("digest", BLOB, nullable=False),
    Column("answer", TEXT, nullable=False),
    Column("at", REAL, nullable=False),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

# The postings after the last seal's up to `last_posting`, hashed in one chain. `first_at` and `last_at` bound when they
# were booked; `fingerprints`: 12 bytes for each, to say which of them no longer fits.
seals = Table(
    "seals",
    LEDGER,
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

# A month that takes no more bookings: what is booked after `through_posting` counts in the month after it, whenever its
# call was. `figures` is its statement as JSON, `digest` the SHA-256 of that.
closings = Table(
    "closings",
    LEDGER,
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

# What is booked of a day's cost at an upstream so far; days are of UTC, written as 2026-10-31.
cost_days = Table(
    "cost_days",
    LEDGER,
    Column("day", TEXT, primary_key=True),
    Column("upstream", TEXT, primary_key=True),
    Column("currency", TEXT, primary_key=True),
    Column("amount", INTEGER, nullable=False),
    Column("calls", INTEGER, nullable=False),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

# Up to which posting a duty has come: "mended" is for the call records that corrections change.
office_marks = Table(
    "office_marks",
    LEDGER,
    Column("name", TEXT, primary_key=True),
    Column("posting_id", INTEGER, nullable=False),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

Index(
    "postings_that_correct",
    postings.c.corrects,
    sqlite_where=postings.c.corrects.is_not(None),
    postgresql_where=postings.c.corrects.is_not(None),
)
