"""A file's mistakes, all of them at once, each with its line."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple, NoReturn

from waystation.manifest.shown import mask
from waystation.wire.errors import Misconfigured

Loc = tuple[str | int, ...]


@dataclass(frozen=True, slots=True, order=True)
class Mistake:
    """`line` counts from 1; 0 means the file as a whole. `message` holds no secret."""

    file: str
    line: int
    path: str
    message: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        return f"{where}: {self.path}: {self.message}" if self.path else f"{where}: {self.message}"


class Rejected(Misconfigured):
    """A file with mistakes; nothing of it was applied."""

    def __init__(self, mistakes: tuple[Mistake, ...]) -> None:
        super().__init__("\n".join(str(mistake) for mistake in mistakes))
        self.mistakes = mistakes


class Place(NamedTuple):
    """Where a value stands. `origin` names what it was filled in from, such as "${KEY_A}": then it is never shown."""

    line: int
    key_line: int
    origin: str | None = None


class Report:
    """Collects the mistakes of one file."""

    def __init__(self, file: str, places: Mapping[Loc, Place] | None = None) -> None:
        self.file = file
        self._places = {} if places is None else places
        self._found: list[Mistake] = []
        self._told: set[Loc] = set()

    def add(self, loc: Loc, message: str) -> None:
        while loc and loc not in self._places and isinstance(loc[-1], int):
            loc = loc[:-1]  # a single value that stands where a list may: "100 USD" is opening_credit, not its [0]
        self._tell(loc, self.line(loc), message)

    def add_key(self, loc: Loc, message: str) -> None:
        """A mistake in a field's name rather than in its value."""
        line = self._places[loc].key_line if loc in self._places else 0
        self._tell(loc, line, message)

    def add_at(self, line: int, message: str, loc: Loc = ()) -> None:
        self._tell(loc, line, message)

    def told(self, loc: Loc) -> bool:
        """Whether a mistake at this place, or around it, has been told already."""
        return any(loc[:size] in self._told for size in range(1, len(loc) + 1))

    def origin(self, loc: Loc) -> str | None:
        place = self._places.get(self._known(loc))
        return None if place is None else place.origin

    def line(self, loc: Loc) -> int:
        known = self._known(loc)
        return self._places[known].line if known in self._places else 0

    def raise_if_any(self) -> None:
        """Raises: Rejected."""
        if self._found:
            self.stop()

    def stop(self) -> NoReturn:
        """Raises: Rejected, with what has been told so far."""
        raise Rejected(tuple(sorted(self._found)))

    def _tell(self, loc: Loc, line: int, message: str) -> None:
        self._found.append(Mistake(self.file, line, dotted(loc), message))
        self._told.add(loc)

    def _known(self, loc: Loc) -> Loc:
        """The place itself, or the nearest place around it that the file has."""
        while loc and loc not in self._places:
            loc = loc[:-1]
        return loc


def dotted(loc: Loc) -> str:
    """`("models", 0, "price")` is `models[0].price`."""
    text = ""
    for part in loc:
        text += f"[{part}]" if isinstance(part, int) else f".{mask(part)}" if text else mask(part)
    return text
