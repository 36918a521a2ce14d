"""The runs of servers that share a database, and PostgreSQL's function that books what concurrent calls ask for.

The function decides one batch of orders in memory, one after the other, as SQLite's writer does, and writes what came
of it with a few statements. All of a batch is one transaction that waits for nobody in between: what is locked is free
again after a millisecond. A function that is changed gets a new number, so that old and new servers run side by side.
"""

from alembic import op
from sqlalchemy import Column, MetaData, Table

from waystation.adapters.sql.locks import POSTING
from waystation.adapters.sql.types import REAL, TEXT

revision = "0008"
down_revision = "0007"

METADATA = MetaData()

Table(
    "runs",
    METADATA,
    Column("run_id", TEXT, primary_key=True),
    Column("began_at", REAL, nullable=False),
    Column("seen_at", REAL, nullable=False),
    Column("ended_at", REAL),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

# What is always written anew: room beside each row, so that its next version stands on the same page.
_STORAGE = """
ALTER TABLE accounts SET (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.0, autovacuum_vacuum_threshold = 1000);
ALTER TABLE holds SET (autovacuum_vacuum_scale_factor = 0.0, autovacuum_vacuum_threshold = 5000);
ALTER TABLE runs SET (fillfactor = 50);
"""

_TELL = """
CREATE FUNCTION waystation_catalogue_changed() RETURNS trigger LANGUAGE plpgsql AS
$$BEGIN PERFORM pg_notify('waystation_catalogue', NEW.revision::text); RETURN NULL; END$$;
CREATE TRIGGER catalogue_changed AFTER UPDATE ON catalogue
FOR EACH ROW EXECUTE FUNCTION waystation_catalogue_changed();
"""

# Its words, for adapters/postgres/batch.py:
# - An account's place is its position in `account_ids`, which ascend. A chain is `chain_places[start, next start)`.
# - Every hold's id is there once. `chains` 0: it is not known which the hold has.
# - kinds: 1 hold, 2 extend, 3 post, 4 void, 5 expire, 6 bar: void it, or see to it that it never comes.
# - answers: 1 held (firsts: how much), 2 refused at `places` of its chain (firsts: available, seconds: limit),
#   3 posted (firsts: booked, seconds: shortfall), 4 done, 5 there is no such hold, 6 posted before, 7 voided before,
#   8 expired before, 9 the id is another hold's, 10 look its chain up and ask again.
# - NULL instead of all answers: the catalogue is not of the revision that the caller believes in.
_BOOK = """
CREATE FUNCTION waystation_book_1(
  run_ text, revision_ bigint, posts_ boolean,
  account_ids bigint[],
  chain_texts text[], chain_starts int[], chain_places int[], chain_wallets int[], chain_revenues int[],
  chain_currencies text[],
  kinds int[], hold_ids text[], chains int[], token_ids text[], amounts bigint[], ats float8[], expiries float8[],
  call_ids text[], estimates boolean[], lates boolean[], marks text[], bases bytea[],
  OUT answers int[], OUT places int[], OUT firsts bigint[], OUT seconds bigint[]
) LANGUAGE plpgsql
SET lock_timeout = '800ms' SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
  amount_max CONSTANT bigint := 4611686018427387904;
  orders CONSTANT int := cardinality(kinds);
  -- by the place of an account: what it has, and what the batch changes in it
  available bigint[]; limits bigint[]; pending bigint[]; debits bigint[]; earned bigint[];
  -- by order: how its hold was found (0 not at all, 1 open, 2 posted, 3 voided, 4 expired), and what is to be written
  -- (1 a new hold, 2 a raised one, 3 a posting, 4 a release, 5 a release of a hold that never was)
  states int[] := array_fill(0, ARRAY[orders]);
  writes int[] := states;
  held bigint[] := array_fill(0::bigint, ARRAY[orders]);
  booked bigint[] := held;
  short bigint[] := held;
  owners text[] := token_ids;
  since float8[] := ats;
  until float8[] := expiries;
  opened int := 0; raised int := 0; ended int := 0; posted int := 0; released int := 0;
  was record; c int; more bigint; spare bigint; low int; high int; known int := 0; touched int; wrote int;
BEGIN
  IF posts_ THEN PERFORM pg_advisory_xact_lock_shared({posting_lock}); END IF;
  SELECT array_agg(a.left_), array_agg(a.limit_) INTO available, limits FROM (
    SELECT credits_posted + slack - debits_posted - debits_pending AS left_, credits_posted + slack AS limit_
    FROM accounts WHERE id = ANY(account_ids) ORDER BY id FOR NO KEY UPDATE) AS a;
  IF revision_ IS NOT NULL AND revision_ IS DISTINCT FROM (SELECT revision FROM catalogue) THEN RETURN; END IF;
  IF coalesce(cardinality(available), 0) <> cardinality(account_ids) THEN RAISE 'an account is gone'; END IF;
  pending := array_fill(0::bigint, ARRAY[cardinality(account_ids)]); debits := pending; earned := pending;

  -- Who else would end one of these holds waits for its accounts: from here on they are what they are.
  FOR was IN
    SELECT o.number, h.amount, h.token_id, h.chain, h.at, h.expires_at
    FROM unnest(hold_ids) WITH ORDINALITY AS o(id, number) JOIN holds AS h ON h.id = o.id
  LOOP
    known := known + 1;
    states[was.number] := 1; held[was.number] := was.amount;
    owners[was.number] := was.token_id;
    IF kinds[was.number] > 1 THEN
      c := chains[was.number]; since[was.number] := was.at;
      until[was.number] := greatest(expiries[was.number], was.expires_at);
      IF c > 0 AND was.chain <> chain_texts[c] THEN chains[was.number] := 0; END IF;
    END IF;
  END LOOP;
  IF known < orders THEN
    FOR was IN
      SELECT o.number, p.amount, p.shortfall
      FROM unnest(hold_ids) WITH ORDINALITY AS o(id, number) JOIN postings AS p ON p.hold_id = o.id
    LOOP
      states[was.number] := 2; booked[was.number] := was.amount; short[was.number] := was.shortfall;
    END LOOP;
    FOR was IN
      SELECT o.number, r.reason, r.chain
      FROM unnest(hold_ids) WITH ORDINALITY AS o(id, number) JOIN releases AS r ON r.hold_id = o.id
    LOOP
      CONTINUE WHEN states[was.number] > 0;  -- expired, and posted late
      states[was.number] := CASE was.reason WHEN 'voided' THEN 3 ELSE 4 END;
      c := chains[was.number];
      IF c > 0 AND was.chain <> chain_texts[c] THEN chains[was.number] := 0; END IF;
    END LOOP;
  END IF;

  answers := array_fill(0, ARRAY[orders]); places := answers;
  firsts := array_fill(0::bigint, ARRAY[orders]); seconds := firsts;
  FOR i IN 1 .. orders LOOP
    c := chains[i];
    IF c > 0 THEN low := chain_starts[c]; high := chain_starts[c + 1] - 1; END IF;
    IF kinds[i] <= 2 THEN
      IF kinds[i] = 1 AND states[i] > 0 THEN
        answers[i] := CASE WHEN states[i] = 1 AND owners[i] = token_ids[i] AND held[i] = amounts[i] THEN 1 ELSE 9 END;
        firsts[i] := held[i];
        CONTINUE;
      ELSIF kinds[i] = 2 AND states[i] <> 1 THEN
        answers[i] := CASE states[i] WHEN 0 THEN 5 ELSE 4 + states[i] END;
        CONTINUE;
      ELSIF c = 0 THEN
        answers[i] := 10;
        CONTINUE;
      END IF;
      more := greatest(amounts[i] - held[i], 0);
      IF kinds[i] = 1 OR more > 0 THEN
        FOR k IN low .. high LOOP
          IF available[chain_places[k]] < more OR more > amount_max THEN
            answers[i] := 2; places[i] := k - low;
            firsts[i] := available[chain_places[k]]; seconds[i] := limits[chain_places[k]];
            EXIT;
          END IF;
        END LOOP;
        CONTINUE WHEN answers[i] = 2;
        FOR k IN low .. high LOOP
          available[chain_places[k]] := available[chain_places[k]] - more;
          pending[chain_places[k]] := pending[chain_places[k]] + more;
        END LOOP;
        held[i] := held[i] + more;
      END IF;
      answers[i] := 1; firsts[i] := held[i];
      IF kinds[i] = 1 THEN opened := opened + 1; ELSE raised := raised + 1; END IF;
      writes[i] := kinds[i];
    ELSIF states[i] = 1 OR (states[i] = 4 AND lates[i]) THEN  -- of what has expired, nothing is held any more
      IF c = 0 THEN
        answers[i] := 10;
        CONTINUE;
      END IF;
      IF kinds[i] = 3 THEN
        booked[i] := least(amounts[i], held[i]);
        IF amounts[i] > held[i] THEN
          spare := amount_max;
          FOR k IN low .. high LOOP spare := least(spare, available[chain_places[k]]); END LOOP;
          booked[i] := least(amounts[i], held[i] + greatest(spare, 0));
        END IF;
        short[i] := amounts[i] - booked[i];
        earned[chain_revenues[c]] := earned[chain_revenues[c]] + booked[i];
        posted := posted + 1; writes[i] := 3;
        answers[i] := 3; firsts[i] := booked[i]; seconds[i] := short[i];
      ELSE
        released := released + 1; writes[i] := 4;
        answers[i] := 4;
      END IF;
      FOR k IN low .. high LOOP
        available[chain_places[k]] := available[chain_places[k]] + held[i] - booked[i];
        pending[chain_places[k]] := pending[chain_places[k]] - held[i];
        debits[chain_places[k]] := debits[chain_places[k]] + booked[i];
      END LOOP;
      IF states[i] = 1 THEN ended := ended + 1; END IF;
    ELSIF kinds[i] = 3 AND states[i] = 2 THEN
      answers[i] := 3; firsts[i] := booked[i]; seconds[i] := short[i];
    ELSIF kinds[i] = 3 THEN
      answers[i] := CASE states[i] WHEN 0 THEN 5 ELSE 4 + states[i] END;
    ELSE
      IF kinds[i] = 6 AND states[i] = 0 THEN released := released + 1; writes[i] := 5; END IF;
      answers[i] := 4;
    END IF;
  END LOOP;

  SELECT count(*) INTO touched FROM unnest(pending, debits, earned) AS d(p, b, e)
  WHERE d.p <> 0 OR d.b <> 0 OR d.e <> 0;
  IF touched > 0 THEN
    UPDATE accounts AS a SET debits_pending = a.debits_pending + d.p, debits_posted = a.debits_posted + d.b,
      credits_posted = a.credits_posted + d.e
    FROM unnest(account_ids, pending, debits, earned) AS d(id, p, b, e)
    WHERE a.id = d.id AND (d.p <> 0 OR d.b <> 0 OR d.e <> 0) AND (d.p + d.b <= 0 OR a.kind = 'system'
      OR a.credits_posted + a.slack - a.debits_posted - a.debits_pending >= d.p + d.b);
    GET DIAGNOSTICS wrote = ROW_COUNT;
    IF wrote <> touched THEN RAISE 'an account would be overdrawn'; END IF;
  END IF;
  IF ended > 0 THEN
    DELETE FROM holds AS h USING unnest(hold_ids, writes, states) AS o(id, write, state)
    WHERE h.id = o.id AND o.write IN (3, 4) AND o.state = 1;
    GET DIAGNOSTICS wrote = ROW_COUNT;
    IF wrote <> ended THEN RAISE '% of % holds could be ended', wrote, ended; END IF;
  END IF;
  IF raised > 0 THEN
    UPDATE holds AS h SET amount = o.held, expires_at = o.until
    FROM unnest(hold_ids, writes, held, until) AS o(id, write, held, until) WHERE h.id = o.id AND o.write = 2;
  END IF;
  IF opened > 0 THEN
    INSERT INTO holds (id, token_id, amount, chain, at, expires_at, run_id)
    SELECT o.id, o.token_id, o.amount, chain_texts[o.chain], o.at, o.until, run_
    FROM unnest(hold_ids, writes, token_ids, amounts, chains, ats, expiries)
      AS o(id, write, token_id, amount, chain, at, until)
    WHERE o.write = 1;
  END IF;
  IF posted > 0 THEN
    INSERT INTO postings (at, kind, debit_account, credit_account, amount, currency, hold_id, held, chain, shortfall,
      marks, call_id, basis)
    SELECT o.at, CASE WHEN o.estimated THEN 'estimated' ELSE 'usage' END, account_ids[chain_wallets[o.chain]],
      account_ids[chain_revenues[o.chain]], o.booked, chain_currencies[o.chain], o.id, o.held, chain_texts[o.chain],
      o.short, '[' || concat_ws(',', nullif(substr(o.marks, 2, length(o.marks) - 2), ''),
        CASE WHEN o.state = 4 THEN '"late"' END, CASE WHEN o.short > 0 THEN '"shortfall"' END) || ']',
      o.call_id, o.basis
    FROM unnest(hold_ids, writes, states, chains, ats, estimates, booked, held, short, marks, call_ids, bases)
      AS o(id, write, state, chain, at, estimated, booked, held, short, marks, call_id, basis)
    WHERE o.write = 3;
  END IF;
  IF released > 0 THEN
    INSERT INTO releases (hold_id, token_id, amount, chain, at, reason, released_at)
    SELECT o.id, coalesce(o.owner, ''), CASE o.write WHEN 4 THEN o.held ELSE 0 END,
      CASE WHEN o.chain > 0 THEN chain_texts[o.chain] ELSE '[]' END, o.since,
      CASE o.kind WHEN 5 THEN 'expired' ELSE 'voided' END, o.at
    FROM unnest(hold_ids, kinds, writes, owners, held, chains, since, ats)
      AS o(id, kind, write, owner, held, chain, since, at)
    WHERE o.write >= 4;
  END IF;
END$$
"""


def upgrade() -> None:
    METADATA.create_all(op.get_bind(), checkfirst=False)
    if op.get_bind().dialect.name == "postgresql":
        for statement in (_STORAGE, _TELL, _BOOK.replace("{posting_lock}", str(POSTING))):
            op.get_bind().exec_driver_sql(statement)
