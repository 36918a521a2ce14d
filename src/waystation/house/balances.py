"""Asking vendors whether an account has money again: that is free, and no caller waits for a call that finds out.

Only accounts that are out of money are asked for, and only at vendors that tell; elsewhere a call probes after a while.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import Final

import msgspec

from waystation.keys.health import Account, Health
from waystation.keys.pool import KeyPool
from waystation.ports import Clock, Outbound, Transport
from waystation.relay.board import Board
from waystation.routing.route import endpoint_of
from waystation.vendors.balance import Balance, balance_at
from waystation.vendors.vendor import Vendor
from waystation.wire.errors import UpstreamError

log = logging.getLogger(__name__)

EVERY_S: Final = 15.0
ANSWER_BYTES_MAX: Final = 64 * 1024


class Balances:
    """`board` gives the newest."""

    def __init__(
        self, board: Callable[[], Board], vendors: Mapping[str, Vendor], transport: Transport, clock: Clock
    ) -> None:
        self._board = board
        self._vendors = vendors
        self._transport = transport
        self._clock = clock

    async def run(self) -> None:
        """Look now and then, for ever; cancelled at the end of the server."""
        while True:
            await asyncio.sleep(EVERY_S)
            try:
                await self.look()
            except Exception:  # a background task: one surprise must not end the gateway
                log.exception("balances not asked for")

    async def look(self) -> None:
        """Ask for every account whose time has come."""
        for pool in tuple(self._board().pools.values()):
            if pool.checked:
                for account, health in pool.owing(self._clock.monotonic()):
                    await self._ask(pool, account, health)

    async def _ask(self, pool: KeyPool, account: Account, health: Health) -> None:
        balance = balance_at(endpoint_of(pool.upstream).host)
        money = None if balance is None else await self._money(pool, health, balance)
        now = self._clock.monotonic()
        told = {"upstream": pool.upstream.name, "account": account.name}
        if money is None:
            log.warning("balance not known", extra=told)
            pool.book.paid(account, health, now, "the balance could not be asked for")
        elif money:
            log.info("account has money again", extra=told)
            pool.book.paid(account, health, now, "there is money again")
        else:
            log.warning("account is still out of money", extra=told)
            pool.book.unpaid(account, now)

    async def _money(self, pool: KeyPool, health: Health, balance: Balance) -> bool | None:
        upstream = pool.upstream
        headers = self._vendors[upstream.vendor].sign(health.key.secret)
        endpoint = msgspec.structs.replace(endpoint_of(upstream), base_path="")
        request = Outbound(endpoint, "GET", balance.path, headers, b"", upstream.timeouts)
        try:
            inbound = await self._transport.send(request)
            try:
                body = await inbound.read(ANSWER_BYTES_MAX)
            finally:
                inbound.close()
        except UpstreamError:
            return None
        return balance.read(body) if inbound.status == 200 else None
