"""How much is under way on a route: for the strategies that share calls out by it."""

from itertools import count
from typing import Final

_TURNS: Final = count(1)


class Load:
    """Of one upstream's model, whatever it is called in public. `turn` is the number of the last call that came to it.

    Only routes of models whose strategy needs it have one. A call counts on one route at a time: `Tally.bear`.
    """

    __slots__ = ("in_flight", "turn")

    def __init__(self) -> None:
        self.in_flight = 0
        self.turn = 0

    def begin(self) -> None:
        self.in_flight += 1
        self.turn = next(_TURNS)

    def end(self) -> None:
        self.in_flight -= 1
