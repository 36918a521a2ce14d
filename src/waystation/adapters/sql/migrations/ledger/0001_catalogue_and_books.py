"""The catalogue and the books."""

from alembic import op
from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, MetaData, Table, UniqueConstraint, text

from waystation.adapters.sql.types import BLOB, INTEGER, REAL, TEXT

revision = "0001"
down_revision = None

METADATA = MetaData()

Table(
    "catalogue",
    METADATA,
    Column("one", INTEGER, CheckConstraint("one = 1"), primary_key=True, autoincrement=False),
    Column("revision", INTEGER, nullable=False),
    sqlite_strict=True,
)

Table(
    "upstreams",
    METADATA,
    Column("position", INTEGER, primary_key=True),
    Column("id", TEXT, nullable=False, unique=True),
    Column("name", TEXT, nullable=False, unique=True),
    Column("vendor", TEXT, nullable=False),
    Column("base_url", TEXT, nullable=False),
    Column("priority", INTEGER, nullable=False),
    Column("weight", INTEGER, CheckConstraint("weight > 0"), nullable=False),
    Column("proxy", BLOB),
    Column("ca_file", TEXT),
    Column("dialects", TEXT),
    Column("connect_s", REAL, nullable=False),
    Column("first_byte_s", REAL, nullable=False),
    Column("idle_s", REAL, nullable=False),
    Column("total_s", REAL, nullable=False),
    Column("kept_by", TEXT, CheckConstraint("kept_by IN ('file', 'cli')"), nullable=False),
    sqlite_strict=True,
)

Table(
    "upstream_keys",
    METADATA,
    Column("id", TEXT, primary_key=True),
    Column("upstream_id", TEXT, ForeignKey("upstreams.id"), nullable=False),
    Column("position", INTEGER, nullable=False),
    Column("secret", BLOB, nullable=False),
    Column("fingerprint", TEXT, nullable=False),
    Index("upstream_keys_of_upstream", "upstream_id"),
    sqlite_strict=True,
)

Table(
    "models",
    METADATA,
    Column("position", INTEGER, primary_key=True),
    Column("name", TEXT, nullable=False, unique=True),
    Column("currency", TEXT, nullable=False),
    Column("input", INTEGER, CheckConstraint("input >= 0"), nullable=False),
    Column("output", INTEGER, CheckConstraint("output >= 0"), nullable=False),
    Column("cache_read_input", INTEGER, CheckConstraint("cache_read_input >= 0")),
    Column("cache_creation_input", INTEGER, CheckConstraint("cache_creation_input >= 0")),
    Column("cache_creation_1h_input", INTEGER, CheckConstraint("cache_creation_1h_input >= 0")),
    Column("reasoning_output", INTEGER, CheckConstraint("reasoning_output >= 0")),
    Column("max_output_tokens", INTEGER, CheckConstraint("max_output_tokens > 0"), nullable=False),
    Column("created_at", INTEGER, nullable=False),
    Column("kept_by", TEXT, CheckConstraint("kept_by IN ('file', 'cli')"), nullable=False),
    sqlite_strict=True,
)

Table(
    "model_routes",
    METADATA,
    Column("model", TEXT, ForeignKey("models.name"), primary_key=True),
    Column("position", INTEGER, primary_key=True, autoincrement=False),
    Column("upstream_id", TEXT, ForeignKey("upstreams.id"), nullable=False),
    Column("upstream_model", TEXT, nullable=False),
    Index("model_routes_of_upstream", "upstream_id"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

Table(
    "organizations",
    METADATA,
    Column("position", INTEGER, primary_key=True),
    Column("id", TEXT, nullable=False, unique=True),
    Column("name", TEXT, nullable=False, unique=True),
    Column("created_at", INTEGER, nullable=False),
    Column("kept_by", TEXT, CheckConstraint("kept_by IN ('file', 'cli')"), nullable=False),
    Column(
        "retain_responses_days",
        INTEGER,
        CheckConstraint("retain_responses_days BETWEEN 0 AND 400"),
        nullable=False,
        server_default=text("0"),
    ),
    sqlite_strict=True,
)

Table(
    "opening_credits",
    METADATA,
    Column("organization_id", TEXT, ForeignKey("organizations.id"), primary_key=True),
    Column("currency", TEXT, primary_key=True),
    Column("nanos", INTEGER, CheckConstraint("nanos >= 0"), nullable=False),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

Table(
    "tokens",
    METADATA,
    Column("position", INTEGER, primary_key=True),
    Column("id", TEXT, nullable=False, unique=True),
    Column("name", TEXT, nullable=False),
    Column("organization_id", TEXT, ForeignKey("organizations.id"), nullable=False),
    Column("digest", BLOB, CheckConstraint("length(digest) = 32"), nullable=False),
    Column("hint", TEXT, nullable=False),
    Column("all_models", INTEGER, CheckConstraint("all_models IN (0, 1)"), nullable=False),
    Column("budget_nanos", INTEGER, CheckConstraint("budget_nanos >= 0")),
    Column("budget_currency", TEXT),
    Column("budget_period", TEXT),
    Column("expires_at", INTEGER),
    Column("revoked_at", INTEGER),
    Column("created_at", INTEGER, nullable=False),
    Column("kept_by", TEXT, CheckConstraint("kept_by IN ('file', 'cli')"), nullable=False),
    UniqueConstraint("digest"),
    Index(
        "tokens_by_name",
        "organization_id",
        "name",
        unique=True,
        sqlite_where=text("revoked_at IS NULL"),
        postgresql_where=text("revoked_at IS NULL"),
    ),
    sqlite_strict=True,
)

Table(
    "token_models",
    METADATA,
    Column("token_id", TEXT, ForeignKey("tokens.id"), primary_key=True),
    Column("position", INTEGER, primary_key=True, autoincrement=False),
    Column("model", TEXT, nullable=False),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

Table(
    "accounts",
    METADATA,
    Column("id", INTEGER, primary_key=True),
    Column("kind", TEXT, nullable=False),
    Column("owner_id", TEXT, nullable=False),
    Column("currency", TEXT, nullable=False),
    Column("period", TEXT, nullable=False),
    Column("starts_at", INTEGER, nullable=False),
    Column("credits_posted", INTEGER, CheckConstraint("credits_posted >= 0"), nullable=False),
    Column("debits_posted", INTEGER, CheckConstraint("debits_posted >= 0"), nullable=False),
    Column("debits_pending", INTEGER, CheckConstraint("debits_pending >= 0"), nullable=False),
    UniqueConstraint("kind", "owner_id", "currency", "period", "starts_at"),
    sqlite_strict=True,
)

Table(
    "holds",
    METADATA,
    Column("id", TEXT, primary_key=True),
    Column("token_id", TEXT, nullable=False),
    Column("amount", INTEGER, CheckConstraint("amount >= 0"), nullable=False),
    Column("chain", TEXT, nullable=False),
    Column("at", REAL, nullable=False),
    Column("expires_at", REAL, nullable=False),
    Column("run_id", TEXT, nullable=False),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

Table(
    "releases",
    METADATA,
    Column("hold_id", TEXT, primary_key=True),
    Column("token_id", TEXT, nullable=False),
    Column("amount", INTEGER, nullable=False),
    Column("chain", TEXT, nullable=False),
    Column("at", REAL, nullable=False),
    Column("reason", TEXT, nullable=False),
    Column("released_at", REAL, nullable=False),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

Table(
    "postings",
    METADATA,
    Column("id", INTEGER, primary_key=True),
    Column("at", REAL, nullable=False),
    Column("kind", TEXT, nullable=False),
    Column("debit_account", INTEGER, ForeignKey("accounts.id"), nullable=False),
    Column("credit_account", INTEGER, ForeignKey("accounts.id"), nullable=False),
    Column("amount", INTEGER, CheckConstraint("amount >= 0"), nullable=False),
    Column("currency", TEXT, nullable=False),
    Column("hold_id", TEXT, unique=True),
    Column("held", INTEGER, nullable=False),
    Column("chain", TEXT, nullable=False),
    Column("shortfall", INTEGER, CheckConstraint("shortfall >= 0"), nullable=False),
    Column("marks", TEXT, nullable=False),
    Column("call_id", TEXT),
    Column("basis", BLOB),
    sqlite_strict=True,
)


_NEVER = {
    "sqlite": """
CREATE TRIGGER postings_never_{what} BEFORE {verb} ON postings
BEGIN
  SELECT raise(ABORT, 'a posting never {goes}: correct it by another');
END
""",
    "postgresql": """
CREATE FUNCTION postings_never_{what}() RETURNS trigger LANGUAGE plpgsql AS
$$BEGIN RAISE EXCEPTION 'a posting never {goes}: correct it by another'; END$$;
CREATE TRIGGER postings_never_{what} BEFORE {verb} ON postings
FOR EACH STATEMENT EXECUTE FUNCTION postings_never_{what}();
""",
}


def upgrade() -> None:
    METADATA.create_all(op.get_bind(), checkfirst=False)
    op.execute("INSERT INTO catalogue (one, revision) VALUES (1, 0)")
    never = _NEVER[op.get_bind().dialect.name]
    op.execute(never.format(what="change", verb="UPDATE", goes="changes"))
    op.execute(never.format(what="go", verb="DELETE", goes="goes"))
