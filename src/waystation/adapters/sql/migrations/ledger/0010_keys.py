"""Groups of upstreams' keys, keys that are disabled, and ceilings."""

from alembic import op
from sqlalchemy import Column, text

from waystation.adapters.sql.types import INTEGER, TEXT

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.add_column("upstream_keys", Column("key_group", TEXT))
    op.add_column("upstream_keys", Column("disabled", INTEGER, nullable=False, server_default=text("0")))
    op.add_column("upstreams", Column("key_limits", TEXT))
    op.add_column("upstreams", Column("model_limits", TEXT))
