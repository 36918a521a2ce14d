"""On PostgreSQL, one organization's hours are found without reading everybody's.

While the index is built, folding waits, and calls do not: they append to `usage_pending`.
"""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.create_index("usage_hours_by_key", "usage_hours", ["key_id", "hour"])
