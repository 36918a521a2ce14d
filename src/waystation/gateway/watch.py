"""One clock for all open replies, instead of a timer each: silence is broken, and those who do not read are dropped."""

import asyncio
from collections.abc import Callable
from typing import Final

from waystation.gateway.reply import AsgiReply

TICK_S: Final = 1.0


class Watch:
    """`keep_alive_s` is the longest silence on a stream, `caller_idle_s` the longest wait for a caller to read."""

    def __init__(self, monotonic: Callable[[], float], *, keep_alive_s: float, caller_idle_s: float) -> None:
        self.open: set[AsgiReply] = set()
        self._monotonic = monotonic
        self._keep_alive_s = keep_alive_s
        self._caller_idle_s = caller_idle_s

    async def run(self) -> None:
        """Tick for ever; cancelled at the end of the server."""
        while True:
            await asyncio.sleep(TICK_S)
            now = self._monotonic()
            for reply in tuple(self.open):
                await self._tick(reply, now - reply.touched)

    async def _tick(self, reply: AsgiReply, silent_s: float) -> None:
        if reply.sending:
            if silent_s >= self._caller_idle_s:
                reply.abort()
        elif reply.streaming and not reply.ended and silent_s >= self._keep_alive_s and _reads(reply):
            await reply.keep_alive()


def _reads(reply: AsgiReply) -> bool:
    """Who still has something to read hears no silence, and to wait for it would hold up the others."""
    return reply.connection.blocked is None
