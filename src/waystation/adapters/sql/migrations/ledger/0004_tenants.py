"""Departments, projects, members; what a sub-token may."""

from alembic import op
from sqlalchemy import Column, ForeignKey, Index, MetaData, Table, text

from waystation.adapters.sql.types import BLOB, INTEGER, REAL, TEXT

revision = "0004"
down_revision = "0003"

METADATA = MetaData()

# What the new tables refer to, as far as they do.
Table("organizations", METADATA, Column("id", TEXT, primary_key=True))
Table("tokens", METADATA, Column("id", TEXT, primary_key=True))
Table("accounts", METADATA, Column("id", INTEGER, primary_key=True))

NODES = Table(
    "nodes",
    METADATA,
    Column("position", INTEGER, primary_key=True),
    Column("id", TEXT, nullable=False, unique=True),
    Column("kind", TEXT, nullable=False),
    Column("name", TEXT, nullable=False),
    Column("organization_id", TEXT, ForeignKey("organizations.id"), nullable=False),
    Column("parent_id", TEXT),
    Column("models", TEXT),
    Column("paused", INTEGER, nullable=False),
    Column("email", TEXT),
    Column("created_at", INTEGER, nullable=False),
    Column("removed_at", INTEGER),
    Column("kept_by", TEXT, nullable=False),
    Index("nodes_of_organization", "organization_id"),
    sqlite_strict=True,
)

FORMER_SECRETS = Table(
    "former_secrets",
    METADATA,
    Column("digest", BLOB, primary_key=True),
    Column("token_id", TEXT, ForeignKey("tokens.id"), nullable=False),
    Column("hint", TEXT, nullable=False),
    Column("until", INTEGER, nullable=False),
    Index("former_secrets_of_token", "token_id"),
    sqlite_strict=True,
)

ALERTS = Table(
    "alerts",
    METADATA,
    Column("account_id", INTEGER, ForeignKey("accounts.id"), primary_key=True, autoincrement=False),
    Column("threshold", INTEGER, primary_key=True, autoincrement=False),
    Column("at", REAL, nullable=False),
    sqlite_strict=True,
)


def upgrade() -> None:
    METADATA.create_all(op.get_bind(), [NODES, FORMER_SECRETS, ALERTS], checkfirst=False)
    for column in (
        Column("kind", TEXT, nullable=False, server_default=text("'organization'")),
        Column("time_zone", TEXT, nullable=False, server_default=text("'UTC'")),
        Column("currency", TEXT),
        Column("price_group", TEXT),
        Column("models", TEXT),
        Column("paused", INTEGER, nullable=False, server_default=text("0")),
    ):
        op.add_column("organizations", column)
    for column in (
        Column("project_id", TEXT),
        Column("member_id", TEXT),
        Column("addresses", TEXT),
        Column("dialects", TEXT),
        Column("tags", TEXT, nullable=False, server_default=text("'[]'")),
        Column("retention", TEXT, nullable=False, server_default=text("'organization'")),
        Column("paused", INTEGER, nullable=False, server_default=text("0")),
    ):
        op.add_column("tokens", column)
