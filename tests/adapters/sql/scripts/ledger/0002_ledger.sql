-- The books. Money is in nano-units, times are Unix seconds.

-- `starts_at` is where a budget's window begins, 0 for every other account.
CREATE TABLE accounts (
  id INTEGER PRIMARY KEY,
  kind TEXT NOT NULL CHECK (kind IN ('wallet', 'budget', 'system')),
  owner_id TEXT NOT NULL,
  currency TEXT NOT NULL,
  period TEXT NOT NULL CHECK (period IN ('total', 'day', 'week', 'month')),
  starts_at INTEGER NOT NULL,
  credits_posted INTEGER NOT NULL CHECK (credits_posted >= 0),
  debits_posted INTEGER NOT NULL CHECK (debits_posted >= 0),
  debits_pending INTEGER NOT NULL CHECK (debits_pending >= 0),
  UNIQUE (kind, owner_id, currency, period, starts_at)
) STRICT;

-- Open holds only: a posted one lives on in its posting, any other in `releases`. `chain` is a JSON array of the accounts
-- that the amount is reserved on; `run_id` is the server's run that asked.
CREATE TABLE holds (
  id TEXT PRIMARY KEY,
  token_id TEXT NOT NULL,
  amount INTEGER NOT NULL CHECK (amount >= 0),
  chain TEXT NOT NULL,
  at REAL NOT NULL,
  expires_at REAL NOT NULL,
  run_id TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE releases (
  hold_id TEXT PRIMARY KEY,
  token_id TEXT NOT NULL,
  amount INTEGER NOT NULL,
  chain TEXT NOT NULL,
  at REAL NOT NULL,
  reason TEXT NOT NULL CHECK (reason IN ('voided', 'expired')),
  released_at REAL NOT NULL
) STRICT, WITHOUT ROWID;

-- `basis` is what a bill rests on, as JSON: the call's record at the moment of the posting.
CREATE TABLE postings (
  id INTEGER PRIMARY KEY,
  at REAL NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('opening', 'usage', 'estimated')),
  debit_account INTEGER NOT NULL REFERENCES accounts (id),
  credit_account INTEGER NOT NULL REFERENCES accounts (id),
  amount INTEGER NOT NULL CHECK (amount >= 0),
  currency TEXT NOT NULL,
  hold_id TEXT UNIQUE,
  held INTEGER NOT NULL,
  chain TEXT NOT NULL,
  shortfall INTEGER NOT NULL CHECK (shortfall >= 0),
  marks TEXT NOT NULL,
  call_id TEXT,
  basis BLOB
) STRICT;

CREATE TRIGGER postings_never_change BEFORE UPDATE ON postings
BEGIN
  SELECT raise(ABORT, 'a posting never changes: correct it by another');
END;

CREATE TRIGGER postings_never_go BEFORE DELETE ON postings
BEGIN
  SELECT raise(ABORT, 'a posting never goes: correct it by another');
END;
