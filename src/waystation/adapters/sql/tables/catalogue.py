"""What the operator has set up. `kept_by` tells who put a row here: "file" rows are what `apply --prune` removes."""

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, MetaData, Table, UniqueConstraint, text

from waystation.adapters.sql.types import BLOB, INTEGER, REAL, TEXT

LEDGER = MetaData()

catalogue = Table(
    "catalogue",
    LEDGER,
    Column("one", INTEGER, CheckConstraint("one = 1"), primary_key=True, autoincrement=False),
    Column("revision", INTEGER, nullable=False),
    sqlite_strict=True,
)

# `proxy` is sealed like a key: its address may hold a password; so are `overrides` (JSON): headers may hold secrets.
# `dialects`: separated by spaces; NULL is all. `key_limits`, `model_limits`, `breaker`: JSON; NULL is none, or
# as it is by default. `tags`: a JSON array; NULL is none.
upstreams = Table(
    "upstreams",
    LEDGER,
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
    Column("overrides", BLOB),
    Column("key_limits", TEXT),
    Column("model_limits", TEXT),
    Column("breaker", TEXT),
    Column("tags", TEXT),
    sqlite_strict=True,
)

upstream_keys = Table(
    "upstream_keys",
    LEDGER,
    Column("id", TEXT, primary_key=True),
    Column("upstream_id", TEXT, ForeignKey("upstreams.id"), nullable=False),
    Column("position", INTEGER, nullable=False),
    Column("secret", BLOB, nullable=False),
    Column("fingerprint", TEXT, nullable=False),
    Column("key_group", TEXT),
    Column("disabled", INTEGER, nullable=False, server_default=text("0")),
    Index("upstream_keys_of_upstream", "upstream_id"),
    sqlite_strict=True,
)

# `rate_limit`: a `wire.limit.Limit` as JSON; NULL is none. `routing`: a `wire.routing.Routing`; NULL: as by default.
# `aliases`, `matches`, `fallbacks` and, here and below, `inputs`: JSON arrays; NULL is none of them, or not known.
models = Table(
    "models",
    LEDGER,
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
    Column("rate_limit", TEXT),
    Column("routing", TEXT),
    Column("aliases", TEXT),
    Column("matches", TEXT),
    Column("fallbacks", TEXT),
    Column("inputs", TEXT),
    Column("context_length", INTEGER),
    sqlite_strict=True,
)

model_routes = Table(
    "model_routes",
    LEDGER,
    Column("model", TEXT, ForeignKey("models.name"), primary_key=True),
    Column("position", INTEGER, primary_key=True, autoincrement=False),
    Column("upstream_id", TEXT, ForeignKey("upstreams.id"), nullable=False),
    Column("upstream_model", TEXT, nullable=False),
    Column("tags", TEXT),
    Column("inputs", TEXT),
    Column("context_length", INTEGER),
    Column("max_output_tokens", INTEGER),
    Index("model_routes_of_upstream", "upstream_id"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

# `retain_responses_days`: how long the text of stored responses may be kept; 0: never. `models`, here and below: a JSON
# array; NULL allows all. `limits`, here and below: a JSON array of `wire.limit.Limit`; NULL is none.
organizations = Table(
    "organizations",
    LEDGER,
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
    Column("kind", TEXT, nullable=False, server_default=text("'organization'")),
    Column("time_zone", TEXT, nullable=False, server_default=text("'UTC'")),
    Column("currency", TEXT),
    Column("price_group", TEXT),
    Column("models", TEXT),
    Column("paused", INTEGER, nullable=False, server_default=text("0")),
    Column("limits", TEXT),
    sqlite_strict=True,
)

# Departments, projects and members. A removed one stays, so that what was spent under it keeps its name.
nodes = Table(
    "nodes",
    LEDGER,
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
    Column("limits", TEXT),
    sqlite_strict=True,
)

# What each wallet was opened with; the booking itself is the ledger's.
opening_credits = Table(
    "opening_credits",
    LEDGER,
    Column("organization_id", TEXT, ForeignKey("organizations.id"), primary_key=True),
    Column("currency", TEXT, primary_key=True),
    Column("nanos", INTEGER, CheckConstraint("nanos >= 0"), nullable=False),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

# A secret is known by its SHA-256 only. A revoked row stays, so that its secret can never come back. What it may spend
# stands in `budgets`; the columns of one budget are not used any more. `addresses`, `dialects`, `tags`: JSON arrays.
tokens = Table(
    "tokens",
    LEDGER,
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
    Column("project_id", TEXT),
    Column("member_id", TEXT),
    Column("addresses", TEXT),
    Column("dialects", TEXT),
    Column("tags", TEXT, nullable=False, server_default=text("'[]'")),
    Column("retention", TEXT, nullable=False, server_default=text("'organization'")),
    Column("paused", INTEGER, nullable=False, server_default=text("0")),
    Column("limits", TEXT),
    sqlite_strict=True,
)

# Secrets that were rotated out, good until then. They stay, so that they can never come back.
former_secrets = Table(
    "former_secrets",
    LEDGER,
    Column("digest", BLOB, primary_key=True),
    Column("token_id", TEXT, ForeignKey("tokens.id"), nullable=False),
    Column("hint", TEXT, nullable=False),
    Column("until", INTEGER, nullable=False),
    Index("former_secrets_of_token", "token_id"),
    sqlite_strict=True,
)

token_models = Table(
    "token_models",
    LEDGER,
    Column("token_id", TEXT, ForeignKey("tokens.id"), primary_key=True),
    Column("position", INTEGER, primary_key=True, autoincrement=False),
    Column("model", TEXT, nullable=False),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)
