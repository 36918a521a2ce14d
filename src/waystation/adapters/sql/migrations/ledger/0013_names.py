"""Other names of models, fallbacks, tags, and what routes can take. An older version leaves them, and knows none."""

from alembic import op
from sqlalchemy import Column

from waystation.adapters.sql.types import INTEGER, TEXT

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.add_column("upstreams", Column("tags", TEXT))
    for name in ("aliases", "matches", "fallbacks", "inputs"):
        op.add_column("models", Column(name, TEXT))
    op.add_column("models", Column("context_length", INTEGER))
    for name in ("tags", "inputs"):
        op.add_column("model_routes", Column(name, TEXT))
    for name in ("context_length", "max_output_tokens"):
        op.add_column("model_routes", Column(name, INTEGER))
