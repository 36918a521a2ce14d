"""PostgreSQL's advisory locks: one number for each thing that only one may do at a time, in any program of ours."""

from typing import Final

MIGRATING: Final = 0x57415953  # "WAYS"

# Who posts holds this one shared until the posting is committed. Who takes it alone, for an instant, knows then that
# every posting up to the highest number is committed: none with a lower number can come later.
POSTING: Final = 0x57415954

SWEEPING: Final = 0x57415955  # ending holds that are past their time, or whose run is dead
RECORDING: Final = 0x57415956  # comparing postings with their call records

KEYS: Final = 0x5741  # the first of two numbers; the second is a part of the key's digest
SEALING: Final = 0x57415959  # sealing postings
OFFICE: Final = 0x5741595A  # the office's duties: what expires, what upstreams cost
