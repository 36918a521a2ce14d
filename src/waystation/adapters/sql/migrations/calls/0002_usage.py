"""Usage rolled up by hour and day, and how long what is kept. On PostgreSQL, the log in partitions."""

from alembic import op
from sqlalchemy import CheckConstraint, Column, MetaData, Table, UniqueConstraint, text

from waystation.adapters.sql import rollup
from waystation.adapters.sql.types import COUNT, INTEGER, REAL, TEXT

revision = "0002"
down_revision = "0001"

METADATA = MetaData()

Table(
    "retention",
    METADATA,
    Column("kind", TEXT, primary_key=True),
    Column("days", INTEGER, CheckConstraint("days > 0"), nullable=False),
    Column("export_to", TEXT),
    Column("done_until", REAL, nullable=False, server_default=text("0")),
    sqlite_strict=True,
)

_DIMENSIONS = (
    "token_id",
    "request_model",
    "upstream",
    "outcome",
    "dialect",
    "organization_id",
    "department_id",
    "project_id",
    "member_id",
    "currency",
    "cost_currency",
)

Table(
    "usage_keys",
    METADATA,
    Column("id", INTEGER, primary_key=True),
    *(Column(name, TEXT, nullable=False) for name in _DIMENSIONS),
    UniqueConstraint(*_DIMENSIONS, name="usage_keys_once"),
    sqlite_strict=True,
)

_SUMS = (
    "input_tokens",
    "output_tokens",
    "cache_read_input_tokens",
    "cache_creation_input_tokens",
    "cache_creation_1h_input_tokens",
    "reasoning_output_tokens",
    "audio_input_tokens",
    "audio_output_tokens",
    "image_input_tokens",
    "image_output_tokens",
    "images",
    "seconds",
    "searches",
    "amount_nanos",
    "cost_nanos",
    "estimated",
    "duration_ms",
    "first_chunks",
    "first_chunk_ms",
)

for _name, _time in (("usage_hours", "hour"), ("usage_days", "day")):
    Table(
        _name,
        METADATA,
        Column(_time, INTEGER, primary_key=True, autoincrement=False),
        Column("key_id", INTEGER, primary_key=True, autoincrement=False),
        Column("calls", INTEGER, nullable=False),
        *(Column(sum_, INTEGER) for sum_ in _SUMS),
        *(Column(f"lasted_{number}", COUNT) for number in range(11)),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )

Table(
    "usage_pending",
    METADATA,
    Column("hour", INTEGER, nullable=False),
    Column("day", INTEGER, nullable=False),
    Column("key_id", INTEGER, nullable=False),
    Column("calls", INTEGER, nullable=False),
    *(Column(sum_, INTEGER) for sum_ in _SUMS),
    *(Column(f"lasted_{number}", COUNT) for number in range(11)),
    sqlite_strict=True,
)

# What is there becomes the partition for what no month takes. Nothing is copied.
_PARTITIONED = (
    "ALTER TABLE calls RENAME TO calls_rest",
    "ALTER INDEX calls_pkey RENAME TO calls_rest_pkey",
    "ALTER INDEX calls_by_time RENAME TO calls_rest_by_time",
    "CREATE TABLE calls (LIKE calls_rest INCLUDING ALL EXCLUDING INDEXES) PARTITION BY RANGE (call_id)",
    "ALTER TABLE calls ADD CONSTRAINT calls_pkey PRIMARY KEY (call_id)",
    "CREATE INDEX calls_by_time ON calls (at, call_id)",
    "ALTER TABLE calls ATTACH PARTITION calls_rest DEFAULT",
)


def upgrade() -> None:
    METADATA.create_all(op.get_bind(), checkfirst=False)
    op.execute(f"ALTER TABLE watermark ADD COLUMN kept_since {_real()} NOT NULL DEFAULT 0")
    rollup.fill(op.get_bind())
    if op.get_bind().dialect.name == "postgresql":
        for statement in (*_PARTITIONED, *rollup.triggers()):
            op.get_bind().exec_driver_sql(statement)


def _real() -> str:
    return "REAL" if op.get_bind().dialect.name == "sqlite" else "DOUBLE PRECISION"
