"""The price book. Rows are appended and never changed; what is in force follows from their dates."""

from sqlalchemy import CheckConstraint, Column, Index, Table

from waystation.adapters.sql.tables.catalogue import LEDGER
from waystation.adapters.sql.types import INTEGER, TEXT

# `upstream` (its name) NULL: what callers pay for a public model; else what that upstream asks of us for its model.
# `price`: the whole of it as JSON.
prices = Table(
    "prices",
    LEDGER,
    Column("number", INTEGER, primary_key=True, autoincrement=False),
    Column("upstream", TEXT),
    Column("model", TEXT, nullable=False),
    Column("starts_at", INTEGER, CheckConstraint("starts_at >= 0"), nullable=False),
    Column("price", TEXT, nullable=False),
    Column("source", TEXT),
    Column("note", TEXT),
    Column("booked_at", INTEGER, nullable=False),
    Index("prices_of_model", "model", "starts_at"),
    sqlite_strict=True,
)

# `organization` is a name, `models` a pattern; without organization and group it is for everybody.
price_multipliers = Table(
    "price_multipliers",
    LEDGER,
    Column("number", INTEGER, primary_key=True, autoincrement=False),
    Column("starts_at", INTEGER, CheckConstraint("starts_at >= 0"), nullable=False),
    Column("nanos", INTEGER, CheckConstraint("nanos >= 0"), nullable=False),
    Column("models", TEXT, nullable=False),
    Column("organization", TEXT),
    Column("price_group", TEXT),
    Column("note", TEXT),
    Column("booked_at", INTEGER, nullable=False),
    sqlite_strict=True,
)

# From `starts_at` on, one unit of `base` is so many thousand-millionths of `quote`.
exchange_rates = Table(
    "exchange_rates",
    LEDGER,
    Column("number", INTEGER, primary_key=True, autoincrement=False),
    Column("starts_at", INTEGER, CheckConstraint("starts_at >= 0"), nullable=False),
    Column("base", TEXT, nullable=False),
    Column("quote", TEXT, nullable=False),
    Column("nanos", INTEGER, CheckConstraint("nanos > 0"), nullable=False),
    Column("source", TEXT),
    Column("booked_at", INTEGER, nullable=False),
    sqlite_strict=True,
)

# What an import would book. `content` is JSON: nothing of it is in force before it is approved.
price_proposals = Table(
    "price_proposals",
    LEDGER,
    Column("number", INTEGER, primary_key=True, autoincrement=False),
    Column("origin", TEXT, nullable=False),
    Column("content", TEXT, nullable=False),
    Column("made_at", INTEGER, nullable=False),
    sqlite_strict=True,
)
