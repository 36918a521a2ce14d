"""What nothing was billed for is counted under no currency from now on. What was counted before stays as it is.

And it is known from when on the sums by hour are there.
"""

import time

from alembic import op
from sqlalchemy import text

from waystation.adapters.sql import rollup

revision = "0004"
down_revision = "0003"

# A gateway whose clock is ahead may just be recording calls of later.
CLOCKS_S = 3600


def upgrade() -> None:
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    real = "REAL" if on_sqlite else "DOUBLE PRECISION"
    op.execute(f"ALTER TABLE watermark ADD COLUMN summed_since {real} NOT NULL DEFAULT 0")
    if op.get_bind().exec_driver_sql("SELECT EXISTS (SELECT 1 FROM usage_keys)").scalar_one():
        op.get_bind().execute(text("UPDATE watermark SET summed_since = :at"), {"at": time.time() + CLOCKS_S})
    if not on_sqlite:
        for statement in rollup.functions():
            op.get_bind().exec_driver_sql(statement)
