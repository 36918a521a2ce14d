"""Nodes of several workers on one PostgreSQL and one Redis: a limit, a revocation, and a rolling restart.

    python -m rigs.nodes [--nodes N] [--workers N] [--calls N] [--streams N]

First very many calls at once, spread over all nodes, against one limit of 100 calls in a minute. Then a token is
revoked while it is used everywhere: a second later no node may admit a call of it. Then all workers of all nodes are
replaced while streams run and others call, over new connections and over kept ones. At the end the ledger is verified,
and every bill is compared with what its caller saw. The last line is `N calls, 0 refused, 0 broken, 0 differences`.
"""
