"""The price book. The price that a model has becomes its first version."""

import msgspec
from alembic import op
from sqlalchemy import CheckConstraint, Column, Index, MetaData, Table, column, insert, select, table

from waystation.adapters.sql.types import INTEGER, TEXT

revision = "0003"
down_revision = "0002"

METADATA = MetaData()

PRICES = Table(
    "prices",
    METADATA,
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

Table(
    "price_multipliers",
    METADATA,
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

Table(
    "exchange_rates",
    METADATA,
    Column("number", INTEGER, primary_key=True, autoincrement=False),
    Column("starts_at", INTEGER, CheckConstraint("starts_at >= 0"), nullable=False),
    Column("base", TEXT, nullable=False),
    Column("quote", TEXT, nullable=False),
    Column("nanos", INTEGER, CheckConstraint("nanos > 0"), nullable=False),
    Column("source", TEXT),
    Column("booked_at", INTEGER, nullable=False),
    sqlite_strict=True,
)

Table(
    "price_proposals",
    METADATA,
    Column("number", INTEGER, primary_key=True, autoincrement=False),
    Column("origin", TEXT, nullable=False),
    Column("content", TEXT, nullable=False),
    Column("made_at", INTEGER, nullable=False),
    sqlite_strict=True,
)

RATES = (
    "input",
    "output",
    "cache_read_input",
    "cache_creation_input",
    "cache_creation_1h_input",
    "reasoning_output",
)


def upgrade() -> None:
    METADATA.create_all(op.get_bind(), checkfirst=False)
    for name in ("prices", "price_multipliers", "exchange_rates"):
        _protect(name)
    _take_over()


def _protect(name: str) -> None:
    """Rows that calls were billed with are evidence."""
    if op.get_bind().dialect.name == "sqlite":
        for what in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {name}_no_{what.lower()} BEFORE {what} ON {name}"
                f" BEGIN SELECT RAISE(ABORT, '{name} are only added to'); END"
            )
        return
    op.execute(
        f"CREATE FUNCTION {name}_stay() RETURNS trigger LANGUAGE plpgsql"
        f" AS $$ BEGIN RAISE EXCEPTION '{name} are only added to'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {name}_stay BEFORE UPDATE OR DELETE ON {name} FOR EACH ROW EXECUTE FUNCTION {name}_stay()"
    )


def _take_over() -> None:
    connection = op.get_bind()
    models = table("models", *map(column, ("position", "name", "currency", "created_at", *RATES)))
    for number, row in enumerate(connection.execute(select(models).order_by(models.c.position)).all(), start=1):
        rates = {name: getattr(row, name) for name in RATES}
        price = {"currency": row.currency, **{name: rate for name, rate in rates.items() if rate is not None}}
        text = msgspec.json.encode(price).decode()
        fields = {"number": number, "model": row.name, "starts_at": 0, "price": text, "booked_at": row.created_at}
        connection.execute(insert(PRICES).values(fields))
