"""Regular expressions of models' names, matched in steps that are bounded whatever the expression or the name says.

Python's own engine may take seconds for `(a|aa)+b`, and a name is any caller's. This one never looks twice at the same
place of the name from the same place of the expression (as RE2's BitState), so that it takes at most
`len(program) * (len(name) + 1)` steps, some 10 ms for the largest of both. It finds what Python's `fullmatch` finds.
"""

from typing import Final, NamedTuple

PROGRAM_MAX: Final = 256  # instructions, after counted repeats were written out
GROUPS_MAX: Final = 9
_DEPTH_MAX: Final = 16
_REPEATS_MAX: Final = 100

_DIGITS: Final = frozenset("0123456789")
_LETTERS: Final = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
_CLASSES: Final = {"d": _DIGITS, "w": _LETTERS | _DIGITS | {"_"}}
_SPECIAL: Final = frozenset("\\.^$|?*+()[]{}")


class Char(NamedTuple):
    """One character, in `chars` or, `negated`, not in them."""

    chars: frozenset[str]
    negated: bool = False


class Split(NamedTuple):
    """Go on at `first`; if that leads nowhere, at `second`."""

    first: int
    second: int


class Save(NamedTuple):
    """Note where we are: group n begins at slot 2n - 2 and ends at the next one."""

    slot: int


Program = list[Char | Split | Save]
_Slots = tuple[int, ...]


class Regex:
    """The whole name has to match. Raises: ValueError, with what is wrong in words."""

    __slots__ = ("_program", "groups")

    def __init__(self, text: str) -> None:
        reader = _Reader(text)
        self._program = reader.program()
        self.groups = reader.groups

    def match(self, name: str) -> tuple[str, ...] | None:
        """What its groups have captured, "" for one that took no part; None if it does not match."""
        slots = self._run(name)
        if slots is None:
            return None
        pairs = zip(slots[::2], slots[1::2], strict=True)
        return tuple(name[start:end] if 0 <= start <= end else "" for start, end in pairs)

    def _run(self, name: str) -> _Slots | None:
        program, width = self._program, len(name) + 1
        seen: set[int] = set()
        waiting: list[tuple[int, int, _Slots]] = [(0, 0, (-1,) * (2 * self.groups))]
        while waiting:
            at, place, slots = waiting.pop()
            while at * width + place not in seen:
                seen.add(at * width + place)
                if at == len(program):
                    if place == len(name):
                        return slots
                    break
                step = program[at]
                at += 1
                if isinstance(step, Char):
                    if place == len(name) or (name[place] in step.chars) == step.negated:
                        break
                    place += 1
                elif isinstance(step, Split):
                    waiting.append((step.second, place, slots))
                    at = step.first
                else:
                    slots = (*slots[: step.slot], place, *slots[step.slot + 1 :])
        return None


class _Reader:
    """From text to program: a part is read as instructions that start at 0, and moved to where it goes."""

    def __init__(self, text: str) -> None:
        self._text = text.removeprefix("^")
        if self._text.endswith("$") and not self._text.endswith("\\$"):
            self._text = self._text[:-1]
        self._at = 0
        self._depth = 0
        self.groups = 0

    def program(self) -> Program:
        program = self._either()
        if self._at < len(self._text):
            raise ValueError("a ) closes nothing")
        return program

    @property
    def _next(self) -> str:
        return self._text[self._at : self._at + 1]

    def _take(self) -> str:
        taken = self._next
        if not taken:
            raise ValueError("it ends too early")
        self._at += 1
        return taken

    def _either(self) -> Program:
        program = self._sequence()
        while self._next == "|":
            self._at += 1
            other = self._sequence()
            end = len(program) + len(other) + 2
            program = [
                Split(1, len(program) + 2),
                *_moved(program, 1),
                Split(end, end),
                *_moved(other, len(program) + 2),
            ]
        return _bounded(program)

    def _sequence(self) -> Program:
        program: Program = []
        while self._next and self._next not in "|)":
            program += _moved(self._repeated(self._atom()), len(program))
            _bounded(program)
        return program

    def _atom(self) -> Program:
        taken = self._take()
        match taken:
            case "(":
                return self._group()
            case "[":
                return [self._class()]
            case ".":
                return [Char(frozenset(), negated=True)]
            case "\\":
                return [Char(self._escaped())]
            case "*" | "+" | "?" | "{" | "}" | "]" | "^" | "$":
                raise ValueError(f"{taken!r} has no meaning there: write \\{taken} for the character")
            case _:
                return [Char(frozenset(taken))]

    def _group(self) -> Program:
        self._depth += 1
        if self._depth > _DEPTH_MAX:
            raise ValueError("its groups are nested too deeply")
        number = 0
        if self._next != "?":
            self.groups = number = self.groups + 1
            if number > GROUPS_MAX:
                raise ValueError(f"it has more than {GROUPS_MAX} groups that capture: write (?:…) for the others")
        elif self._text.startswith("?:", self._at):
            self._at += 2
        else:
            raise ValueError("of what begins with (? only (?:…) is known")
        inner = self._either()
        if self._next != ")":
            raise ValueError("a ( is not closed")
        self._at += 1
        self._depth -= 1
        return [Save(2 * number - 2), *_moved(inner, 1), Save(2 * number - 1)] if number else inner

    def _class(self) -> Char:
        negated = self._next == "^"
        self._at += negated
        chars: set[str] = set()
        while (taken := self._take()) != "]":
            if taken == "\\":
                chars |= self._escaped()
            elif self._next == "-" and self._text[self._at + 1 : self._at + 2] not in ("]", ""):
                self._at += 1
                last = self._take()
                if not (last.isascii() and taken.isascii() and taken <= last):
                    raise ValueError(f"there is no range {taken}-{last}")
                chars |= {chr(code) for code in range(ord(taken), ord(last) + 1)}
            else:
                chars.add(taken)
        return Char(frozenset(chars), negated)

    def _escaped(self) -> frozenset[str]:
        taken = self._take()
        if taken in _CLASSES:
            return _CLASSES[taken]
        if taken in _SPECIAL or taken in "-/:@":
            return frozenset(taken)
        raise ValueError(f"\\{taken} is not known here")

    def _repeated(self, program: Program) -> Program:
        match self._next:
            case "*" | "+" | "?" as sign:
                self._at += 1
                least, most = {"*": (0, None), "+": (1, None), "?": (0, 1)}[sign]
            case "{":
                least, most = self._counts()
            case _:
                return program
        lazy = self._next == "?"
        self._at += lazy
        if self._next in {"*", "+", "?", "{"}:
            raise ValueError("a repeat of a repeat: put the first one into a group")
        return _repeat(program, least, most, lazy=lazy)

    def _counts(self) -> tuple[int, int | None]:
        end = self._text.find("}", self._at)
        least, comma, most = self._text[self._at + 1 : max(end, 0)].partition(",")
        if end < 0 or not least.isdecimal() or (most and not most.isdecimal()):
            raise ValueError("a count is written {2}, {2,} or {2,4}")
        self._at = end + 1
        low, high = int(least), int(most) if most else None if comma else int(least)
        if low > _REPEATS_MAX or (high is not None and not low <= high <= _REPEATS_MAX):
            raise ValueError(f"a count goes from 0 to {_REPEATS_MAX}, the lower one first")
        return low, high


def _moved(program: Program, by: int) -> Program:
    return [Split(step.first + by, step.second + by) if isinstance(step, Split) else step for step in program]


def _bounded(program: Program) -> Program:
    if len(program) > PROGRAM_MAX:
        raise ValueError("it is too long, or counts too far")
    return program


def _repeat(part: Program, least: int, most: int | None, *, lazy: bool) -> Program:
    program: Program = []
    for _ in range(least):
        program = _bounded([*program, *_moved(part, len(program))])
    if most is None:
        return [*program, *_moved(_loop(part, lazy=lazy), len(program))]
    optional: Program = []
    for _ in range(most - least):
        optional = _bounded(
            [_split(1, len(part) + len(optional) + 1, lazy=lazy), *_moved([*part, *_moved(optional, len(part))], 1)]
        )
    return [*program, *_moved(optional, len(program))]


def _loop(part: Program, *, lazy: bool) -> Program:
    end = len(part) + 2
    return _bounded([_split(1, end, lazy=lazy), *_moved(part, 1), Split(0, 0)])


def _split(part: int, past: int, *, lazy: bool) -> Split:
    return Split(past, part) if lazy else Split(part, past)
