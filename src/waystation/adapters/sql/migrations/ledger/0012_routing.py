"""How calls are shared out over routes. An older version leaves that as it is, and shares them out by weight."""

from alembic import op
from sqlalchemy import Column

from waystation.adapters.sql.types import TEXT

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.add_column("models", Column("routing", TEXT))
    op.add_column("upstreams", Column("breaker", TEXT))
