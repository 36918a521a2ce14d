"""Orders drawn at random by weight, most of them ahead of the calls that take them: with twenty routes a draw of all of
them would cost a call a fifth of its time, and hardly a call needs more than the first.
"""

from bisect import bisect
from collections.abc import Callable, Sequence
from itertools import accumulate
from math import inf, log
from typing import Final, Generic, TypeVar

T = TypeVar("T")
Draw = Callable[[], float]

# Kept for each first place. After every so many calls one is drawn anew, so that in the long run all are as likely as
# if each call had drawn its own.
ORDERS: Final = 8
RENEWED_EVERY: Final = 16


def drawn(items: Sequence[T], weights: Sequence[float], draw: Draw) -> list[T]:
    """All of them, one after another, each with its share of the weight that is left; weight 0 comes last.

    Each is due at a time that is exponential with its weight for a rate (Efraimidis and Spirakis, 2006).
    """
    if len(items) == 2:  # which most are
        return [items[0], items[1]] if draw() * sum(weights) < weights[0] else [items[1], items[0]]
    if weights and weights[0] and weights.count(weights[0]) == len(weights):  # no more than a step for each
        left = list(items)
        return [left.pop(int(draw() * count)) for count in range(len(left), 0, -1)]
    due = [-log(1.0 - draw()) / weight if weight else inf for weight in weights]
    return [items[at] for at in sorted(range(len(items)), key=due.__getitem__)]


class Deck(Generic[T]):
    """`items` with their weights. The first place is drawn for each call, what follows it some calls before."""

    __slots__ = ("_cumulated", "_items", "_left", "_only", "_orders", "_total", "_weights")

    def __init__(self, items: Sequence[T], weights: Sequence[float]) -> None:
        self._items = items
        self._weights = weights
        self._cumulated = list(accumulate(weights))
        self._total = sum(weights)
        self._only = None if self._total and len(items) > 1 else tuple(items)
        self._orders: list[list[tuple[T, ...]]] = [[] for _ in items]
        self._left = RENEWED_EVERY

    def deal(self, draw: Draw) -> tuple[T, ...]:
        if self._only is not None:
            return self._only
        first = bisect(self._cumulated, draw() * self._total)
        orders = self._orders[first]
        at = int(draw() * ORDERS) if len(self._items) > 2 else 0  # of two, only one order begins so
        if at >= len(orders):
            order = self._following(first, draw)
            orders.append(order)
            return order
        self._left -= 1
        if self._left <= 0:
            self._left = RENEWED_EVERY
            orders[at] = self._following(first, draw)
        return orders[at]

    def _following(self, first: int, draw: Draw) -> tuple[T, ...]:
        items = [*self._items[:first], *self._items[first + 1 :]]
        weights = [*self._weights[:first], *self._weights[first + 1 :]]
        return (self._items[first], *drawn(items, weights, draw))
