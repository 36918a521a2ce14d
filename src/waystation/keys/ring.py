"""Who is ready takes turns; who is not waits in a heap, by time. Either costs the same with one and with thousands."""

from collections import deque
from collections.abc import Iterable
from heapq import heappop, heappush
from itertools import count
from math import inf
from typing import Generic, TypeVar

T = TypeVar("T")


class Ring(Generic[T]):
    """`parked` tells until when; what the heap `due` has that does not agree with it is left over, and passed over."""

    __slots__ = ("_number", "due", "parked", "ready")

    def __init__(self, items: Iterable[T]) -> None:
        self.ready: deque[T] = deque(items)
        self.parked: dict[T, float] = {}
        self.due: list[tuple[float, int, T]] = []
        self._number = count()

    def park_first(self, until: float) -> None:
        """Put the first of the ready aside until then; inf: until it is woken."""
        item = self.ready.popleft()
        self.parked[item] = until
        if until != inf:
            heappush(self.due, (until, next(self._number), item))

    def wake(self, item: T) -> None:
        """It's ready, as far as anybody knows."""
        if self.parked.pop(item, None) is not None:
            self.ready.append(item)

    def wake_due(self, now: float) -> None:
        due = self.due
        while due and due[0][0] <= now:
            until, _, item = heappop(due)
            if self.parked.get(item) == until:
                del self.parked[item]
                self.ready.append(item)

    def next_due(self) -> float:
        """When the first of those with a time is ready again; inf: there is none."""
        due = self.due
        while due and self.parked.get(due[0][2]) != due[0][0]:
            heappop(due)
        return due[0][0] if due else inf
