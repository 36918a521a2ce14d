"""The crash matrix: what may happen to a server and its database, again and again under load; then bills are compared.

    python -m rigs.crash [--store sqlite|postgres] [--kills N] [--callers N] [--events kill,pause,...] [--seed N]

A call that its caller saw whole has exactly one posting, equal to its usage; no other call has more than one. What the
upstream never heard of is never billed. What the upstream did not count is marked as estimated. A retry with the same
Idempotency-Key is billed once. Calls are answered after every moment, the ledger verifies after every tenth and at the
end, and no money is left in holds when they have expired. The last line is `N kills, M differences`.
"""
