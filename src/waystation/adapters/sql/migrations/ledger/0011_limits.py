"""Limits on calls and tokens. An older version leaves them as they are, and does not keep them."""

from alembic import op
from sqlalchemy import Column

from waystation.adapters.sql.types import TEXT

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    for table in ("organizations", "nodes", "tokens"):
        op.add_column(table, Column("limits", TEXT))
    op.add_column("models", Column("rate_limit", TEXT))
