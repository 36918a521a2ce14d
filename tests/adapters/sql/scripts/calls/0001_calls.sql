-- Call records. `record` is the whole of it as JSON; beside it stands what records are found, summed and compared by. A
-- column for each of its thirty facts, and an index for each question, cost three times as much per call. The table has a
-- rowid because without one a record above a kilobyte would take a page of its own.
CREATE TABLE calls (
  call_id TEXT NOT NULL PRIMARY KEY,
  at REAL NOT NULL,
  organization_id TEXT NOT NULL,
  token_id TEXT NOT NULL,
  request_model TEXT NOT NULL,
  upstream TEXT,
  outcome TEXT NOT NULL,
  amount_nanos INTEGER NOT NULL,
  record TEXT NOT NULL
) STRICT;
CREATE INDEX calls_by_time ON calls (at, call_id);

-- Up to this posting, every posting of a call is known to have its record here.
CREATE TABLE watermark (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  posting_id INTEGER NOT NULL
) STRICT;
INSERT INTO watermark (one, posting_id) VALUES (1, 0);
