"""What is booked by hand, statements, closed periods."""

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    pass
