"""Our own HTTP/1.1 client for upstreams: pooled, on httptools and asyncio protocols.

`transport` is the door (the port `Transport`). It takes a `connection` from a `pool`, has `head` write the request,
and hands back a `response`. A `dial` opens connections: `address` finds and refuses addresses, `tls` verifies,
`proxy` and `socks` tunnel. An `upload` writes bodies that are too large for one write.

It exists because a client is most of what a relay costs (measured: docs/house.md), and because it must never guess:
whatever is not plainly HTTP/1.1 ends the connection, and no byte of one answer can reach the reader of another.
"""

from waystation.adapters.upstream_http.pool import PoolLimits, PoolStats
from waystation.adapters.upstream_http.transport import HttpTransport

__all__ = ["HttpTransport", "PoolLimits", "PoolStats"]
