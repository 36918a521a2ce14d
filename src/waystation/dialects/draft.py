"""A JSON object under change: members are put, dropped and renamed, and every other byte stays as it was."""

from typing import Final

import msgspec

from waystation.dialects.asking import edited
from waystation.dialects.codec import Edit
from waystation.dialects.members import spans_of

Path = tuple[str, ...]

_NULL: Final = b"null"
_BRACE: Final = b"{"
_SCALAR_BYTES_MAX: Final = 1024
_ANY: Final = msgspec.json.Decoder()
_text: Final = msgspec.json.Encoder().encode


def path_of(text: str) -> Path:
    """Names with dots between them, as losses and errors write them: "thinking.type".

    What begins with a slash is a JSON Pointer (RFC 6901), for names that have a dot of their own. Raises: ValueError.
    """
    if text.startswith("/"):
        names = [name.replace("~1", "/").replace("~0", "~") for name in text[1:].split("/")]
    else:
        names = text.split(".")
    if not all(names):
        raise ValueError("a name is empty")
    return tuple(names)


class Draft:
    """Null counts as absent. Arrays are not gone into: what lies behind one, or behind a text, can't be changed."""

    __slots__ = ("_root",)

    def __init__(self, text: bytes) -> None:
        """Raises: BadRequest, as `spans_of`."""
        self._root = Members(text)

    def has(self, path: Path) -> bool:
        home = self._home(path)
        return home is not None and home.says(path[-1])

    def raw(self, path: Path) -> bytes:
        """Its JSON; nothing if it is absent. A null is there."""
        home = self._home(path)
        return b"" if home is None else home.raw(path[-1])

    def scalar(self, path: Path) -> object:
        """A short text, a number or a boolean; None for anything else."""
        home = self._home(path)
        raw = b"" if home is None else home.raw(path[-1], _SCALAR_BYTES_MAX)
        try:
            return _ANY.decode(raw) if raw and raw[:1] not in b"{[" else None
        except (msgspec.MsgspecError, UnicodeDecodeError):
            return None

    def put(self, path: Path, value: bytes) -> bool:
        """Objects on the way are made where there are none. False: something else is on the way."""
        home = self._home(path, make=True)
        if home is None:
            return False
        home.put(path[-1], value)
        return True

    def drop(self, path: Path) -> None:
        home = self._home(path)
        if home is not None:
            home.drop(path[-1])

    def move(self, path: Path, to: Path) -> bool:
        """Its bytes stay. If there is something already where it shall go, that stays, and what was to move is dropped.

        False: there is nothing to move, or no way to go.
        """
        home, name = self._home(path), path[-1]
        if home is None or not home.says(name):
            return False
        there = self._home(to, make=True)
        if there is None:
            return False
        if there.says(to[-1]):
            home.drop(name)
        elif there is home:
            home.rename(name, to[-1])
        else:
            there.put(to[-1], home.raw(name))
            home.drop(name)
        return True

    def text(self) -> bytes:
        return self._root.text()

    def _home(self, path: Path, *, make: bool = False) -> "Members | None":
        """The object that the last name of the path is in."""
        home: Members | None = self._root
        for name in path[:-1]:
            if home is not None:
                home = home.inner(name, make=make)
        return home


class Members:
    """Of one object."""

    __slots__ = ("_changed", "_origins", "_spans", "_text")

    def __init__(self, text: bytes) -> None:
        self._text = text
        self._spans = spans_of(text)
        self._origins: dict[str, str | None] = {name: name for name in self._spans}  # None: it is not in the text
        self._changed: dict[str, bytes | Members] = {}

    def says(self, name: str) -> bool:
        """Whether it is there, and not null."""
        value = self._changed.get(name)
        if value is not None:
            return value != _NULL
        origin = self._origins.get(name)
        return origin is not None and not self._text.startswith(_NULL, self._spans[origin][0])

    def raw(self, name: str, bytes_max: int | None = None) -> bytes:
        """Its JSON; nothing if it is absent, or larger."""
        value = self._changed.get(name)
        if value is not None:
            return value if isinstance(value, bytes) else value.text()
        origin = self._origins.get(name)
        if origin is None:
            return b""
        start, end = self._spans[origin]
        return self._text[start:end] if bytes_max is None or end - start <= bytes_max else b""

    def inner(self, name: str, *, make: bool) -> "Members | None":
        value = self._changed.get(name)
        if isinstance(value, Members):
            return value
        if self.says(name):
            if not self._opens(name):
                return None
            inner = Members(self.raw(name))
        elif make:
            inner = Members(b"{}")
        else:
            return None
        self.put(name, inner)
        return inner

    def put(self, name: str, value: "bytes | Members") -> None:
        self._origins.setdefault(name, None)
        self._changed[name] = value

    def drop(self, name: str) -> None:
        self._origins.pop(name, None)
        self._changed.pop(name, None)

    def rename(self, name: str, new: str) -> None:
        self.drop(new)  # a null
        self._origins[new] = self._origins.pop(name)
        if name in self._changed:
            self._changed[new] = self._changed.pop(name)

    def text(self) -> bytes:
        edits = self._edits()
        return edited(self._text, tuple(edits)) if edits else self._text

    def _edits(self) -> list[Edit]:
        text, edits, kept, at = self._text, list[Edit](), False, self._text.index(_BRACE) + 1
        now = {origin: name for name, origin in self._origins.items() if origin is not None}
        for origin, (start, end) in self._spans.items():
            name = now.get(origin)
            if name is None:
                edits.append(Edit(at, end, b""))
            else:
                if not kept and edits:  # those before it are gone, but not the comma
                    comma = text.index(b",", at)
                    edits.append(Edit(comma, comma + 1, b""))
                kept = True
                if name != origin:
                    quote = text.index(b'"', at)
                    edits.append(Edit(quote, text.rindex(b'"', quote, start) + 1, _text(name)))
                if name in self._changed:
                    edits.append(Edit(start, end, self.raw(name)))
            at = end
        added = [_text(name) + b":" + self.raw(name) for name, origin in self._origins.items() if origin is None]
        if added:
            edits.append(Edit(at, at, b"," * kept + b",".join(added)))
        return edits

    def _opens(self, name: str) -> bool:
        value, origin = self._changed.get(name), self._origins.get(name)
        if isinstance(value, bytes):
            return value.startswith(_BRACE)
        return origin is not None and self._text.startswith(_BRACE, self._spans[origin][0])
