-- Stored responses. `sealed` is all of the text, encrypted for this row alone, or NULL if the vendor keeps it; `size` is
-- its length, so that a sweep can be bounded without reading it. Both stand last: the rest is found without them.
CREATE TABLE responses (
  organization_id TEXT NOT NULL,
  id TEXT NOT NULL,
  token_id TEXT NOT NULL,
  model TEXT NOT NULL,
  created_at REAL NOT NULL,
  expires_at REAL NOT NULL,
  upstream_id TEXT,
  key_fingerprint TEXT,
  vendor_response_id TEXT,
  previous_id TEXT,
  size INTEGER NOT NULL CHECK (size >= 0),
  sealed BLOB,
  PRIMARY KEY (organization_id, id)
) STRICT;
CREATE INDEX responses_by_expiry ON responses (expires_at, size);

-- For the retention of each organization, which may be lowered after they were kept.
CREATE INDEX responses_with_text ON responses (organization_id, created_at, size) WHERE sealed IS NOT NULL;
