"""Accounts with slack, budgets of any owner, postings with a reason."""

from alembic import op
from sqlalchemy import CheckConstraint, Column, Index, MetaData, Table, text

from waystation.adapters.sql.types import INTEGER, TEXT

revision = "0002"
down_revision = "0001"

METADATA = MetaData()

Table(
    "budgets",
    METADATA,
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


def upgrade() -> None:
    METADATA.create_all(op.get_bind(), checkfirst=False)
    op.add_column("accounts", Column("slack", INTEGER, nullable=False, server_default=text("0")))
    op.add_column("postings", Column("memo", TEXT))
    op.add_column("postings", Column("corrects", INTEGER))
    # A sub-token's one budget becomes one of its budgets: the windows that were counted under the sub-token's id stay.
    op.execute(
        "INSERT INTO budgets (id, owner_kind, owner_id, position, amount, currency, period, hard, thresholds)"
        " SELECT id, 'token', id, 0, budget_nanos, budget_currency, budget_period, 1, '[]' FROM tokens"
        " WHERE budget_nanos IS NOT NULL"
    )
