-- Call records. Lists and structures are JSON; NULL is "not said" or "did not happen", 0 is none.
CREATE TABLE calls (
  call_id TEXT PRIMARY KEY,
  at REAL NOT NULL,
  organization_id TEXT NOT NULL,
  token_id TEXT NOT NULL,
  dialect TEXT NOT NULL,
  request_model TEXT NOT NULL,
  stream INTEGER NOT NULL,
  outcome TEXT NOT NULL,
  status INTEGER NOT NULL,
  error_code TEXT,
  response_model TEXT,
  upstream TEXT,
  key_fingerprint TEXT,
  attempts TEXT NOT NULL,
  finish_reasons TEXT NOT NULL,
  input_tokens INTEGER,
  output_tokens INTEGER,
  cache_read_input_tokens INTEGER,
  cache_creation_input_tokens INTEGER,
  reasoning_output_tokens INTEGER,
  estimated INTEGER NOT NULL,
  marks TEXT NOT NULL,
  price TEXT,
  currency TEXT,
  amount_nanos INTEGER NOT NULL,
  hold_nanos INTEGER NOT NULL,
  duration_ms INTEGER NOT NULL,
  own_time_us INTEGER NOT NULL,
  time_to_first_chunk_ms INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX calls_by_time ON calls (at);
CREATE INDEX calls_of_token ON calls (token_id, at);
CREATE INDEX calls_of_model ON calls (request_model, at);

-- Up to this posting, every posting of a call is known to have its record here.
CREATE TABLE watermark (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  posting_id INTEGER NOT NULL
) STRICT;
INSERT INTO watermark (one, posting_id) VALUES (1, 0);
