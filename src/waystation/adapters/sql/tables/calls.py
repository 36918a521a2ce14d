"""The call log. On SQLite it has a file of its own, so that a long log never stands in the way of money."""

from sqlalchemy import CheckConstraint, Column, Index, MetaData, Table, UniqueConstraint, text

from waystation.adapters.sql.rollup import DIMENSIONS, DURATIONS, SUMS
from waystation.adapters.sql.types import COUNT, INTEGER, REAL, TEXT

LOG = "log"  # the name of this file beside the ledger's, see `engine`
CALLS = MetaData(schema=LOG)

# `record` is the whole of it as JSON; beside it stands what records are found, summed and compared by. A column for
# each of its facts, and an index for each question, cost three times as much per call. On PostgreSQL it is partitioned
# by month, since ids sort by time, and triggers keep the roll-ups: see `rollup`.
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
    postgresql_partition_by="RANGE (call_id)",
)

# Up to this posting, every posting of a call is known to have its record here, but for calls that began before
# `kept_since`: their records may have been deleted. From `summed_since` on the sums by hour are all there, and count
# under a currency only what was billed; 0: those by day do too.
watermark = Table(
    "watermark",
    CALLS,
    Column("one", INTEGER, CheckConstraint("one = 1"), primary_key=True, autoincrement=False),
    Column("posting_id", INTEGER, nullable=False),
    Column("kept_since", REAL, nullable=False, server_default=text("0")),
    Column("summed_since", REAL, nullable=False, server_default=text("0")),
    sqlite_strict=True,
)

# How many days what is kept: calls by how they went (ok, failed, refused), and the roll-ups by hour (hours). Up to
# `done_until` it has been deleted. `export_to`: the folder that records are written to before.
retention = Table(
    "retention",
    CALLS,
    Column("kind", TEXT, primary_key=True),
    Column("days", INTEGER, CheckConstraint("days > 0"), nullable=False),
    Column("export_to", TEXT),
    Column("done_until", REAL, nullable=False, server_default=text("0")),
    sqlite_strict=True,
)

# What calls are counted by; '' is none. Of a call that nothing was billed for, the currency is none.
usage_keys = Table(
    "usage_keys",
    CALLS,
    Column("id", INTEGER, primary_key=True),
    *(Column(name, TEXT, nullable=False) for name in DIMENSIONS),
    UniqueConstraint(*DIMENSIONS, name="usage_keys_once"),
    sqlite_strict=True,
)


def _sums(name: str, time: str) -> Table:
    """NULL is 0: most counts are, and take no room then."""
    return Table(
        name,
        CALLS,
        Column(time, INTEGER, primary_key=True, autoincrement=False),
        Column("key_id", INTEGER, primary_key=True, autoincrement=False),
        Column("calls", INTEGER, nullable=False),
        *(Column(sum_, INTEGER) for sum_ in SUMS),
        *(Column(bucket, COUNT) for bucket in DURATIONS),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )


# `hour`: the beginning of the hour in which the calls began, in Unix seconds. `day`: the day of their organization's
# calendar, as the Unix seconds of its beginning in UTC.
usage_hours = _sums("usage_hours", "hour")
usage_days = _sums("usage_days", "day")

# For one organization's hours. SQLite reads its rows in the order of time fast enough, and would write more for it.
Index("usage_hours_by_key", usage_hours.c.key_id, usage_hours.c.hour).ddl_if(dialect="postgresql")

# Differences that are still to be added to both.
usage_pending = Table(
    "usage_pending",
    CALLS,
    Column("hour", INTEGER, nullable=False),
    Column("day", INTEGER, nullable=False),
    Column("key_id", INTEGER, nullable=False),
    Column("calls", INTEGER, nullable=False),
    *(Column(sum_, INTEGER) for sum_ in SUMS),
    *(Column(bucket, COUNT) for bucket in DURATIONS),
    sqlite_strict=True,
)
