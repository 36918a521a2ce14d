"""Dimensions of calls, and usage rolled up by hour and day."""

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    pass
