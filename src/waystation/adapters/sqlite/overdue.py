"""Who waits for a thread for too long is told so: it may hang in the disk, or wait for another process."""

import asyncio
from collections import deque
from collections.abc import Sequence
from typing import Any, Final

from waystation.wire.errors import StoreUnavailable

LOOK_S: Final = 0.1  # how often the waiting ones are looked through

Futures = Sequence["asyncio.Future[Any]"]


class Overdue:
    """The loop's. All wait equally long, so a look at those that came first tells of all."""

    def __init__(self, loop: asyncio.AbstractEventLoop, timeout_s: float) -> None:
        self._loop = loop
        self._timeout_s = timeout_s
        self._waiting: deque[tuple[float, Futures]] = deque()
        self._timer: asyncio.TimerHandle | None = None

    def watch(self, futures: Futures) -> None:
        """What is not done in time raises StoreUnavailable then. The work goes on: it may be done yet."""
        self._waiting.append((self._loop.time() + self._timeout_s, futures))
        if self._timer is None:
            self._timer = self._loop.call_later(LOOK_S, self._look)

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _look(self) -> None:
        now = self._loop.time()
        while self._waiting and self._waiting[0][0] <= now:
            _, futures = self._waiting.popleft()
            for future in futures:
                if not future.done():
                    future.set_exception(
                        StoreUnavailable(f"The ledger did not answer within {self._timeout_s:g} seconds.")
                    )
        self._timer = self._loop.call_later(LOOK_S, self._look) if self._waiting else None
