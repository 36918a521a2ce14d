"""The call log. On SQLite it has a file of its own, so that a long log never stands in the way of money."""

from sqlalchemy import CheckConstraint, Column, Index, MetaData, Table

from waystation.adapters.sql.types import INTEGER, REAL, TEXT

LOG = "log"  # the name of this file beside the ledger's, see `engine`
CALLS = MetaData(schema=LOG)

# `record` is the whole of it as JSON; beside it stands what records are found, summed and compared by. A column for
# each of its facts, and an index for each question, cost three times as much per call.
calls = Table(
    "calls",
    CALLS,
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

# Up to this posting, every posting of a call is known to have its record here.
watermark = Table(
    "watermark",
    CALLS,
    Column("one", INTEGER, CheckConstraint("one = 1"), primary_key=True, autoincrement=False),
    Column("posting_id", INTEGER, nullable=False),
    sqlite_strict=True,
)
