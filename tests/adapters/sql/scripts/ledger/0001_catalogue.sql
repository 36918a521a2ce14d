-- What the operator has set up. Times are Unix seconds, money is in nano-units, prices are per million tokens.
-- `kept_by` tells who put a row here: "file" rows are the ones that `apply --prune` may remove.

CREATE TABLE catalogue (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  revision INTEGER NOT NULL
) STRICT;
INSERT INTO catalogue (one, revision) VALUES (1, 0);

-- `proxy` is sealed like a key: its address may hold a password.
CREATE TABLE upstreams (
  position INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL UNIQUE,
  vendor TEXT NOT NULL,
  base_url TEXT NOT NULL,
  priority INTEGER NOT NULL,
  weight INTEGER NOT NULL CHECK (weight > 0),
  proxy BLOB,
  ca_file TEXT,
  connect_s REAL NOT NULL,
  first_byte_s REAL NOT NULL,
  idle_s REAL NOT NULL,
  total_s REAL NOT NULL,
  kept_by TEXT NOT NULL CHECK (kept_by IN ('file', 'cli'))
) STRICT;

CREATE TABLE upstream_keys (
  id TEXT PRIMARY KEY,
  upstream_id TEXT NOT NULL REFERENCES upstreams (id),
  position INTEGER NOT NULL,
  secret BLOB NOT NULL,
  fingerprint TEXT NOT NULL
) STRICT;
CREATE INDEX upstream_keys_of_upstream ON upstream_keys (upstream_id);

CREATE TABLE models (
  position INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  currency TEXT NOT NULL,
  input INTEGER NOT NULL CHECK (input >= 0),
  output INTEGER NOT NULL CHECK (output >= 0),
  cache_read_input INTEGER CHECK (cache_read_input >= 0),
  cache_creation_input INTEGER CHECK (cache_creation_input >= 0),
  reasoning_output INTEGER CHECK (reasoning_output >= 0),
  max_output_tokens INTEGER NOT NULL CHECK (max_output_tokens > 0),
  created_at INTEGER NOT NULL,
  kept_by TEXT NOT NULL CHECK (kept_by IN ('file', 'cli'))
) STRICT;

CREATE TABLE model_routes (
  model TEXT NOT NULL REFERENCES models (name),
  position INTEGER NOT NULL,
  upstream_id TEXT NOT NULL REFERENCES upstreams (id),
  upstream_model TEXT NOT NULL,
  PRIMARY KEY (model, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX model_routes_of_upstream ON model_routes (upstream_id);

CREATE TABLE organizations (
  position INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL UNIQUE,
  created_at INTEGER NOT NULL,
  kept_by TEXT NOT NULL CHECK (kept_by IN ('file', 'cli'))
) STRICT;

-- What each wallet was opened with; the booking itself is the ledger's.
CREATE TABLE opening_credits (
  organization_id TEXT NOT NULL REFERENCES organizations (id),
  currency TEXT NOT NULL,
  nanos INTEGER NOT NULL CHECK (nanos >= 0),
  PRIMARY KEY (organization_id, currency)
) STRICT, WITHOUT ROWID;

-- A secret is known by its SHA-256 only. A revoked row stays, so that its secret can never come back.
CREATE TABLE tokens (
  position INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  organization_id TEXT NOT NULL REFERENCES organizations (id),
  digest BLOB NOT NULL UNIQUE CHECK (length(digest) = 32),
  hint TEXT NOT NULL,
  all_models INTEGER NOT NULL CHECK (all_models IN (0, 1)),
  budget_nanos INTEGER CHECK (budget_nanos >= 0),
  budget_currency TEXT,
  budget_period TEXT CHECK (budget_period IN ('total', 'day', 'week', 'month')),
  expires_at INTEGER,
  revoked_at INTEGER,
  created_at INTEGER NOT NULL,
  kept_by TEXT NOT NULL CHECK (kept_by IN ('file', 'cli'))
) STRICT;
CREATE UNIQUE INDEX tokens_by_name ON tokens (organization_id, name) WHERE revoked_at IS NULL;

CREATE TABLE token_models (
  token_id TEXT NOT NULL REFERENCES tokens (id),
  position INTEGER NOT NULL,
  model TEXT NOT NULL,
  PRIMARY KEY (token_id, position)
) STRICT, WITHOUT ROWID;
