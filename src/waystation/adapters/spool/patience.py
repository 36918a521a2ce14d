"""A bound on how long a call waits for the store, for less than a timer each would cost."""

import asyncio
from collections.abc import Awaitable
from typing import Any, Final, TypeVar

from waystation.wire.errors import StoreUnavailable

T = TypeVar("T")

TICK_S: Final = 0.1


class Patience:
    """Time is counted in ticks, and waits begin in the order in which they end: a look at the first tells of all.

    `run` must be running.
    """

    __slots__ = ("_bound_s", "_given_up", "_loop", "_tick", "_waits")

    def __init__(self, bound_s: float) -> None:
        self._bound_s = bound_s
        self._loop: asyncio.AbstractEventLoop | None = None  # known, it need not be sought by every wait
        self._tick = 0
        self._waits: dict[asyncio.Task[Any], int] = {}
        self._given_up: set[asyncio.Task[Any]] = set()

    async def bound(self, work: Awaitable[T]) -> T:
        """Raises: StoreUnavailable if it takes too long; the work is cancelled then."""
        task = asyncio.current_task(self._loop)
        assert task is not None
        cancelled = task.cancelling()
        self._waits[task] = self._tick
        try:
            return await work
        except asyncio.CancelledError:
            if task not in self._given_up:  # somebody else cancelled it
                raise
            self._given_up.discard(task)
            if task.uncancel() > cancelled:  # and so did somebody else
                raise
            raise StoreUnavailable(f"The ledger did not answer within {self._bound_s:g} seconds.") from None
        finally:
            self._waits.pop(task, None)

    async def run(self) -> None:
        """Tick for ever; cancelled at the end of the server."""
        self._loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(TICK_S)
            self.tick()

    def tick(self) -> None:
        self._tick += 1
        begun_by = self._tick - 1 - self._bound_s / TICK_S  # the first tick may have come at once
        for task, begun in tuple(self._waits.items()):
            if begun > begun_by:
                return
            del self._waits[task]
            self._given_up.add(task)
            task.cancel()
