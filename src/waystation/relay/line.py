"""Calls that wait for a key, each in its turn: a key that is back gets one call first, and more as these go well."""

import asyncio
from bisect import bisect_left, insort
from collections.abc import Callable
from itertools import count
from math import inf
from operator import attrgetter
from typing import Final

# What frees a key tells nobody: while calls wait, those in front look so often. It's nothing to a person, and 1 % of a
# core with twenty routes.
LOOK_S: Final = 0.05

# So many in front look for themselves: what they have left to try may differ. Who comes after them wants the same.
LOOKS_MAX: Final = 16

# A call whose turn has come and that has not failed by then is taken to go well: answers may take minutes.
TRIAL_S: Final = 1.0

# One that goes well makes room for itself and two more: a thousand have their turn after seven answers in a row.
GROWTH: Final = 2
PACE_MAX: Final = 1024

_number: Final = attrgetter("number")


class Place:
    """One call's place. It keeps its number if it has to wait again."""

    __slots__ = ("_line", "_lines", "_outcome", "name", "number", "ready_in_s", "until")

    def __init__(self, lines: "Lines", name: str, number: int) -> None:
        self.name = name
        self.number = number
        self.ready_in_s: Callable[[], float] = lambda: inf
        self.until = 0.0
        self._lines = lines
        self._line: Line | None = None
        self._outcome: asyncio.Future[bool] | None = None

    async def turn(self, ready_in_s: Callable[[], float], wait_s: float) -> bool:
        """Whether its turn has come within so many seconds; then say what came of it by `end`, also if it is waited for
        once more. `ready_in_s`: in how many seconds there is something for it, as far as is known.
        """
        loop = asyncio.get_running_loop()
        self.ready_in_s, self.until = ready_in_s, loop.time() + wait_s
        self._outcome = loop.create_future()
        self._line = self._lines.join(self.name, self)
        timer = loop.call_later(wait_s, self.leave)
        try:
            return await self._outcome
        except BaseException:
            self.leave()
            raise
        finally:
            timer.cancel()

    def tell(self, *, comes: bool) -> None:
        if self._outcome is not None and not self._outcome.done():
            self._outcome.set_result(comes)

    def leave(self) -> None:
        """It waits no more. Nothing happens if its turn has come."""
        if self._line is not None:
            self._line.drop(self)
        self.tell(comes=False)

    def end(self, *, well: bool | None) -> None:
        """What came of its turn; None: it found nothing to try. Nothing happens if it had none."""
        line, self._line = self._line, None
        if line is not None:
            line.end(self, well=well)


class Line:
    """Those who wait for the same model. At most so many as its pace are on trial at once: it grows with each that goes
    well, and falls back to one when one fails. `close` is called when nobody waits any more.
    """

    __slots__ = ("_close", "_pace", "_timer", "_trials", "waiting")

    def __init__(self, close: Callable[["Line"], None]) -> None:
        self.waiting: list[Place] = []
        self._trials: dict[Place, float] = {}  # since when
        self._pace = 1
        self._close = close
        self._timer = asyncio.get_running_loop().call_later(LOOK_S, self._look_again)

    def drop(self, place: Place) -> None:
        at = bisect_left(self.waiting, place.number, key=_number)
        if at < len(self.waiting) and self.waiting[at] is place:
            del self.waiting[at]
            self._close_if_empty()

    def end(self, place: Place, *, well: bool | None) -> None:
        self.drop(place)
        if self._trials.pop(place, None) is None or well is None:
            return
        self._pace = min(self._pace + GROWTH, PACE_MAX) if well else 1
        if well and self.waiting:
            self._look()

    def _look_again(self) -> None:
        self._look()
        if self.waiting:
            self._timer = asyncio.get_running_loop().call_later(LOOK_S, self._look_again)

    def _look(self) -> None:
        """Let come whoever is in front and has something to come for; send away who would wait in vain."""
        now = asyncio.get_running_loop().time()
        self._grow_old(now)
        at = idle = 0
        while at < len(self.waiting) and idle < LOOKS_MAX:
            place = self.waiting[at]
            wait_s = place.ready_in_s()
            comes = wait_s <= 0
            if comes and len(self._trials) >= self._pace:
                break
            if not comes and now + wait_s <= place.until:
                at, idle = at + 1, idle + 1
                continue
            del self.waiting[at]
            if comes:
                self._trials[place] = now
            place.tell(comes=comes)
        self._close_if_empty()

    def _grow_old(self, now: float) -> None:
        for place in [place for place, since in self._trials.items() if now - since >= TRIAL_S]:
            del self._trials[place]
            self._pace = min(self._pace + GROWTH, PACE_MAX)

    def _close_if_empty(self) -> None:
        if not self.waiting:
            self._timer.cancel()
            self._close(self)


class Lines:
    """By name, those in which somebody waits."""

    __slots__ = ("_numbers", "open")

    def __init__(self) -> None:
        self.open: dict[str, Line] = {}
        self._numbers = count()

    def place(self, name: str) -> Place:
        return Place(self, name, next(self._numbers))

    def join(self, name: str, place: Place) -> Line:
        line = self.open.get(name)
        if line is None:
            line = self.open[name] = Line(lambda line: self._close(name, line))
        insort(line.waiting, place, key=_number)
        return line

    def __len__(self) -> int:
        """How many calls wait."""
        return sum(len(line.waiting) for line in self.open.values())

    def _close(self, name: str, line: Line) -> None:
        """Nobody waits in it. Another may have been opened under its name since."""
        if self.open.get(name) is line:
            del self.open[name]
