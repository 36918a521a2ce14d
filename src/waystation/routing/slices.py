"""Counters by slices of time, and what they tell of how values are spread. Time comes as an argument."""

from array import array
from math import ceil
from operator import add
from typing import Final

# A value is known by its bin, which is told by its middle: that is at most 4.5 % off. 160 of them go over 20 octaves,
# from a millisecond to 17 minutes; what is beyond is in the outermost.
BINS: Final = 160
BINS_PER_OCTAVE: Final = 8


class Slices:
    """Rows of `width` counters, one row for each `minutes`; the newest takes the place of the oldest.

    Who counts adds to `row`, the newest. Four bytes a counter: 4 billion in one slice are more than a process can do.
    """

    __slots__ = ("_minutes", "_newest", "_rows", "_width", "row")

    def __init__(self, rows: int, *, minutes: int, width: int) -> None:
        self._minutes = minutes
        self._width = width
        self._newest = -1
        self._rows = [array("I", bytes(4 * width)) for _ in range(rows)]
        self.row = self._rows[0]

    def turn(self, minute: int) -> None:
        """Go on to the row of that minute, and empty those in between. Nothing happens if it is an earlier one."""
        number, count = minute // self._minutes, len(self._rows)
        if number <= self._newest:
            return
        blank = array("I", bytes(4 * self._width))
        for passed in range(max(self._newest + 1, number - count + 1), number + 1):
            self._rows[passed % count][:] = blank
        self._newest, self.row = number, self._rows[number % count]

    def sums(self, minute: int, rows: int, column: int, columns: int) -> list[int]:
        """What was counted in the last `rows` rows up to that minute, the running one among them, by column.

        If the clock was put back, they are the last ones before that.
        """
        sums = [0] * columns
        for number in range(max(minute // self._minutes, self._newest) - rows + 1, self._newest + 1):
            if number >= 0:
                row = self._rows[number % len(self._rows)]
                sums = list(map(add, sums, row[column : column + columns]))
        return sums


def bounds_of(least: float) -> tuple[float, ...]:
    """Where each bin ends and the next begins; the first one ends a bin above `least`. For `bisect_right`."""
    return tuple(least * 2 ** (number / BINS_PER_OCTAVE) for number in range(1, BINS))


class Spread:
    """How values were spread over the bins above `least`."""

    __slots__ = ("_bins", "_least", "count")

    def __init__(self, bins: list[int], least: float) -> None:
        self._bins = bins
        self._least = least
        self.count = sum(bins)

    def under(self, percent: int) -> float | None:
        """What that many percents of the values are not above; None if there are none."""
        rank, seen = max(ceil(self.count * percent / 100), 1), 0
        for number, count in enumerate(self._bins):
            seen += count
            if seen >= rank:
                return float(2 ** ((number + 0.5) / BINS_PER_OCTAVE) * self._least)
        return None
