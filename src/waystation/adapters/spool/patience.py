"""A bound on how long a call waits for the store, for less than a timer each would cost."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar

from waystation.wire.errors import StoreUnavailable

T = TypeVar("T")

TICK_S: Final = 0.1


class Patience:
    """Waits begin in the order in which they end: a look at the first tells of all. `run` must be running."""

    def __init__(self, monotonic: Callable[[], float], *, bound_s: float) -> None:
        self._monotonic = monotonic
        self._bound_s = bound_s
        self._waits: dict[asyncio.Task[Any], float] = {}
        self._given_up: set[asyncio.Task[Any]] = set()

    async def bound(self, work: Awaitable[T]) -> T:
        """Raises: StoreUnavailable if it takes too long; the work is cancelled then."""
        task = asyncio.current_task()
        assert task is not None
        cancelled = task.cancelling()
        self._waits[task] = self._monotonic() + self._bound_s
        try:
            return await work
        except asyncio.CancelledError:
            if task not in self._given_up or task.uncancel() > cancelled:  # somebody else cancelled it
                raise
            raise StoreUnavailable(f"The ledger did not answer within {self._bound_s:g} seconds.") from None
        finally:
            self._waits.pop(task, None)
            self._given_up.discard(task)

    async def run(self) -> None:
        """Tick for ever; cancelled at the end of the server."""
        while True:
            await asyncio.sleep(TICK_S)
            self.look()

    def look(self) -> None:
        now = self._monotonic()
        for task, until in tuple(self._waits.items()):
            if until > now:
                return
            del self._waits[task]
            self._given_up.add(task)
            task.cancel()
