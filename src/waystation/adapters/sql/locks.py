"""PostgreSQL's advisory locks: one number for each thing that only one may do at a time, in any program of ours."""

from typing import Final

MIGRATING: Final = 0x57415953  # "WAYS"

# Who posts holds this one shared until the posting is committed. Who takes it alone, for an instant, knows then that
# every posting up to the highest number is committed: none with a lower number can come later.
POSTING: Final = 0x57415954
POSTING_MS: Final = 500  # how long posting may be kept waiting for somebody to get that instant

# A number up to which every posting is committed that ever will be. One statement, in a transaction of its own: the
# lock is free again before the answer is on its way, so that nobody waits for us over the network. What it sees is of a
# moment before it has the lock: what has a lower number than that was being written then at the latest, and who wrote
# it has let go of the lock.
SAFE_POSTING: Final = (
    f"WITH patience AS MATERIALIZED (SELECT set_config('lock_timeout', '{POSTING_MS}', true)),"  # noqa: S608 - constants
    f" alone AS MATERIALIZED (SELECT pg_advisory_xact_lock({POSTING}) FROM patience)"
    " SELECT coalesce(max(id), 0), (SELECT count(*) FROM alone) FROM postings"
)

SWEEPING: Final = 0x57415955  # ending holds that are past their time, or whose run is dead
RECORDING: Final = 0x57415956  # comparing postings with their call records

KEYS: Final = 0x5741  # the first of two numbers; the second is a part of the key's digest
SEALING: Final = 0x57415959  # sealing postings
OFFICE: Final = 0x5741595A  # the office's duties: what expires, what upstreams cost
