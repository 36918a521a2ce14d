"""The way to every upstream: the port `Transport` on pooled HTTP/1.1 connections."""

import asyncio
from typing import Final

from waystation.adapters.upstream_http.connection import Connection, Stale
from waystation.adapters.upstream_http.dial import Dialer
from waystation.adapters.upstream_http.pool import Pool, PoolLimits, PoolStats
from waystation.adapters.upstream_http.proxy import reads_heads
from waystation.adapters.upstream_http.response import Response
from waystation.adapters.upstream_http.upload import EXPECT_ABOVE_BYTES
from waystation.ports import Endpoint, Outbound
from waystation.wire.errors import ConnectFailed, Phase, UpstreamTimeout

_PROXY_WANTS_CREDENTIALS: Final = 407
_EXPECTATION_FAILED: Final = 417


class HttpTransport:
    """A pool per endpoint. No cookies, no redirects, no inflating, no environment variables."""

    __slots__ = ("_closed", "_dialer", "_limits", "_pools")

    def __init__(self, limits: PoolLimits | None = None, dialer: Dialer | None = None) -> None:
        self._limits = limits or PoolLimits()
        self._dialer = dialer or Dialer()
        self._pools: dict[Endpoint, Pool] = {}
        self._closed = False

    async def send(self, request: Outbound) -> Response:
        """The head of the final answer. Raises: UpstreamError; ValueError for a request that can't be written.

        A request is sent again once, on a new connection, if the one from the pool turns out to be stale: it had
        served before, and ended within a second of our writing without a single byte in return. That is how a server
        looks that had closed an idle connection while our request was on its way, so it never saw the request. In any
        other case the upstream may have begun to work, and to bill: then it isn't ours to ask twice. The caller knows
        what a second try costs and decides (`relay.failover`).
        """
        deadline: float | None = None
        body_bytes = len(request.body)
        expect = body_bytes > EXPECT_ABOVE_BYTES
        used = True  # whether a connection from the idle stack will do
        while True:
            pool = self._pools.get(request.endpoint) or self._add_pool(request.endpoint)
            head = pool.heads.head(request.method, request.path, request.headers, body_bytes, expect)
            if used and pool.idle:
                connection = pool.idle.pop()
            else:
                if deadline is None:
                    deadline = asyncio.get_running_loop().time() + request.timeouts.total_s
                connection = await self._connect(pool, request, deadline)
            waiter = connection.start(head, request, deadline, expect)
            try:
                await waiter
            except asyncio.CancelledError:
                connection.shut()
                raise
            error = connection.error
            if error is None:
                if expect and connection.status == _EXPECTATION_FAILED:
                    connection.shut()
                    expect = False  # RFC 9110, 10.1.1: ask again without
                elif connection.status == _PROXY_WANTS_CREDENTIALS and reads_heads(request.endpoint):
                    connection.shut()
                    raise ConnectFailed(f"{connection.name}: connect: the proxy answered 407")
                else:
                    return Response(connection)
            elif not (used and isinstance(error, Stale)):
                raise error
            used = False
            deadline = connection.deadline

    def stats(self) -> list[PoolStats]:
        """One per endpoint in use, for the metrics."""
        return [pool.stats() for pool in self._pools.values() if not pool.unused]

    async def aclose(self) -> None:
        """Close every connection. Calls in flight get an error."""
        self._closed = True
        for pool in tuple(self._pools.values()):
            await pool.close()

    def _add_pool(self, endpoint: Endpoint) -> Pool:
        for known in [known for known, pool in self._pools.items() if pool.unused]:
            del self._pools[known]
        pool = self._pools[endpoint] = Pool(endpoint, self._limits, self._dialer)
        return pool

    async def _connect(self, pool: Pool, request: Outbound, deadline: float) -> Connection:
        if self._closed:
            raise ConnectFailed(f"{pool.name}: connect: the transport was closed")
        left_s = deadline - asyncio.get_running_loop().time()
        budget_s = min(request.timeouts.connect_s, left_s)
        try:
            async with asyncio.timeout(budget_s):
                return await pool.connection(budget_s)
        except TimeoutError:
            phase: Phase = "total" if left_s < request.timeouts.connect_s else "connect"
            raise UpstreamTimeout(f"{pool.name}: {phase}: no connection in time", phase=phase) from None
