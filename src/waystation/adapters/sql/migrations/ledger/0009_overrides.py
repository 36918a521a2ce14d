"""Overrides of an upstream's requests: JSON, sealed, since a header may be a secret."""

from alembic import op
from sqlalchemy import Column

from waystation.adapters.sql.types import BLOB

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.add_column("upstreams", Column("overrides", BLOB))
