"""The books: accounts, holds, and postings that never change."""

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Table, UniqueConstraint, text

from waystation.adapters.sql.tables.catalogue import LEDGER
from waystation.adapters.sql.types import BLOB, INTEGER, REAL, TEXT

# A ceiling on what its owner's calls spend in each period: the account of a window has the budget's id as its owner.
# `owner_kind`: organization, department, project, member or token. `thresholds`: a JSON array of percents.
budgets = Table(
    "budgets",
    LEDGER,
    Column("id", TEXT, primary_key=True),
    Column("owner_kind", TEXT, nullable=False),
    Column("owner_id", TEXT, nullable=False),
    Column("position", INTEGER, nullable=False),
    Column("amount", INTEGER, CheckConstraint("amount >= 0"), nullable=False),
    Column("currency", TEXT, nullable=False),
    Column("period", TEXT, nullable=False),
    Column("hard", INTEGER, CheckConstraint("hard IN (0, 1)"), nullable=False),
    Column("thresholds", TEXT, nullable=False),
    Column("starts_on", TEXT),
    Column("every", TEXT),
    Column("ends_on", TEXT),
    Column("removed_at", INTEGER),
    Index("budgets_of_owner", "owner_kind", "owner_id"),
    sqlite_strict=True,
)

# `starts_at` is where a budget's window begins, 0 for every other account. `slack` is how far debits may pass credits:
# a wallet's credit line, SOFT for a budget that only counts.
accounts = Table(
    "accounts",
    LEDGER,
    Column("id", INTEGER, primary_key=True),
    Column("kind", TEXT, nullable=False),
    Column("owner_id", TEXT, nullable=False),
    Column("currency", TEXT, nullable=False),
    Column("period", TEXT, nullable=False),
    Column("starts_at", INTEGER, nullable=False),
    Column("credits_posted", INTEGER, CheckConstraint("credits_posted >= 0"), nullable=False),
    Column("debits_posted", INTEGER, CheckConstraint("debits_posted >= 0"), nullable=False),
    Column("debits_pending", INTEGER, CheckConstraint("debits_pending >= 0"), nullable=False),
    Column("slack", INTEGER, nullable=False, server_default=text("0")),
    UniqueConstraint("kind", "owner_id", "currency", "period", "starts_at"),
    sqlite_strict=True,
)

# A window of a budget of which so many percents were spent at that time: told once.
alerts = Table(
    "alerts",
    LEDGER,
    Column("account_id", INTEGER, ForeignKey("accounts.id"), primary_key=True, autoincrement=False),
    Column("threshold", INTEGER, primary_key=True, autoincrement=False),
    Column("at", REAL, nullable=False),
    sqlite_strict=True,
)

# Open holds only: a posted one lives on in its posting, any other in `releases`. `chain` is a JSON array of the
# accounts that the amount is reserved on; `run_id` is the server's run that asked.
holds = Table(
    "holds",
    LEDGER,
    Column("id", TEXT, primary_key=True),
    Column("token_id", TEXT, nullable=False),
    Column("amount", INTEGER, CheckConstraint("amount >= 0"), nullable=False),
    Column("chain", TEXT, nullable=False),
    Column("at", REAL, nullable=False),
    Column("expires_at", REAL, nullable=False),
    Column("run_id", TEXT, nullable=False),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

releases = Table(
    "releases",
    LEDGER,
    Column("hold_id", TEXT, primary_key=True),
    Column("token_id", TEXT, nullable=False),
    Column("amount", INTEGER, nullable=False),
    Column("chain", TEXT, nullable=False),
    Column("at", REAL, nullable=False),
    Column("reason", TEXT, nullable=False),
    Column("released_at", REAL, nullable=False),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

# `basis` is what a bill rests on, as JSON: the call's record at the moment of the posting. `memo` is the reason of a
# booking by hand, as JSON; `corrects` the posting that this one puts right.
postings = Table(
    "postings",
    LEDGER,
    Column("id", INTEGER, primary_key=True),
    Column("at", REAL, nullable=False),
    Column("kind", TEXT, nullable=False),
    Column("debit_account", INTEGER, ForeignKey("accounts.id"), nullable=False),
    Column("credit_account", INTEGER, ForeignKey("accounts.id"), nullable=False),
    Column("amount", INTEGER, CheckConstraint("amount >= 0"), nullable=False),
    Column("currency", TEXT, nullable=False),
    Column("hold_id", TEXT, unique=True),
    Column("held", INTEGER, nullable=False),
    Column("chain", TEXT, nullable=False),
    Column("shortfall", INTEGER, CheckConstraint("shortfall >= 0"), nullable=False),
    Column("marks", TEXT, nullable=False),
    Column("call_id", TEXT),
    Column("basis", BLOB),
    Column("memo", TEXT),
    Column("corrects", INTEGER),
    sqlite_strict=True,
)

# The runs of servers that share a PostgreSQL, each of which shows every few seconds that it is there. Times are the
# database's own.
runs = Table(
    "runs",
    LEDGER,
    Column("run_id", TEXT, primary_key=True),
    Column("began_at", REAL, nullable=False),
    Column("seen_at", REAL, nullable=False),
    Column("ended_at", REAL),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)
