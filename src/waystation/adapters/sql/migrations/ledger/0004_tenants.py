"""Departments, projects, members; what a sub-token may."""

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    pass
