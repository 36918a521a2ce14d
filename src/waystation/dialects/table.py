"""A JSON object whose members are taken one after another: what no one took is what we have no word for."""

import re
from collections.abc import Mapping
from typing import Final, NoReturn, TypeVar

import msgspec

from waystation.wire.chat import NO_EXTRAS, Extras
from waystation.wire.errors import BadAnswer, BadRequest

_T = TypeVar("_T")

_NULL: Final = b"null"
_MEMBERS: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])
_ROWS: Final = msgspec.json.Decoder(list[msgspec.Raw])
_TEXT: Final = msgspec.json.Decoder(str)
_TEXTS: Final = msgspec.json.Decoder(list[str])
_TEXTS_DUE: Final = "a string or an array of strings"
_UNREADABLE: Final = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
_ESCAPES: Final = re.compile(rb"\\(?:u[dD][89abAB]..\\u[dD][c-fC-F]..|(u[dD][89a-fA-F]..)|.)", re.DOTALL)


class Table:
    """Members of a JSON object by name. null counts as absent, and is not kept.

    Raises, from every method: the caller's BadRequest, naming the member by its whole path, or BadAnswer if `answer`:
    the object is a vendor's.
    """

    __slots__ = ("_answer", "_members", "path")

    def __init__(self, raw: bytes | msgspec.Raw, path: str = "", *, answer: bool = False) -> None:
        self.path = path
        self._answer = answer
        self._members: dict[str, msgspec.Raw] = self._read(_MEMBERS, raw, "an object", path)

    def __contains__(self, name: str) -> bool:
        return name in self._members and bytes(self._members[name]) != _NULL

    def opens(self, name: str) -> str:
        """What a member's JSON begins with, such as '"' or "["; "" if it is absent. It is not taken by that."""
        return chr(memoryview(self._members[name])[0]) if name in self else ""

    def raw(self, name: str) -> msgspec.Raw | None:
        value = self._members.pop(name, None)
        return None if value is None or bytes(value) == _NULL else value

    def text(self, name: str) -> str | None:
        return self._take(name, str, "a string")

    def flag(self, name: str) -> bool | None:
        return self._take(name, bool, "true or false")

    def number(self, name: str) -> float | None:
        return self._take(name, float, "a number")

    def whole(self, name: str) -> int | None:
        """A whole number, also if it is written as 5.0."""
        value = self.number(name)
        if value is None:
            return None
        if not value.is_integer():
            self.wrong(name, "a whole number")
        return int(value)

    def table(self, name: str) -> "Table | None":
        raw = self.raw(name)
        return None if raw is None else Table(raw, self._path(name), answer=self._answer)

    def rows(self, name: str) -> list[msgspec.Raw]:
        """The elements of an array; none if it is absent."""
        raw = self.raw(name)
        return [] if raw is None else self._read(_ROWS, raw, "an array", self._path(name))

    def tables(self, name: str) -> list["Table"]:
        path = self._path(name)
        return [Table(row, f"{path}[{at}]", answer=self._answer) for at, row in enumerate(self.rows(name))]

    def texts(self, name: str) -> list[str]:
        """An array of strings, or a single string."""
        value = self.raw(name)
        if value is None:
            return []
        path = self._path(name)
        if bytes(value).startswith(b'"'):
            return [self._read(_TEXT, value, _TEXTS_DUE, path)]
        return self._read(_TEXTS, value, _TEXTS_DUE, path)

    def need(self, name: str, value: _T | None) -> _T:
        if value is None:
            self.wrong(name, "given")
        return value

    def left(self) -> Extras:
        """The members that were not taken."""
        left = {name: value for name, value in self._members.items() if bytes(value) != _NULL}
        return left or NO_EXTRAS

    def wrong(self, name: str, due: str) -> NoReturn:
        path = self._path(name) if name else self.path
        raise self._error(f"{path!r} must be {due}." if path else f"The body must be {due}.", path)

    def _path(self, name: str) -> str:
        return f"{self.path}.{name}" if self.path else name

    def _take(self, name: str, kind: type[_T], due: str) -> _T | None:
        raw = self.raw(name)
        if raw is None:
            return None
        return self._read(_decoder(kind), raw, due, self._path(name))

    def _read(self, decoder: "msgspec.json.Decoder[_T]", raw: bytes | msgspec.Raw, due: str, path: str) -> _T:
        try:
            return decoder.decode(raw)
        except msgspec.ValidationError as error:
            raise self._error(f"{path!r} must be {due}." if path else f"The body must be {due}.", path) from error
        except _UNREADABLE as error:
            mended = _mended(bytes(raw))
            if mended == bytes(raw):
                raise self._error(f"{path or 'The body'} is not valid JSON: {error}.", path) from error
        return self._read(decoder, mended, due, path)

    def _error(self, message: str, path: str) -> BadRequest | BadAnswer:
        return BadAnswer(message) if self._answer else BadRequest(message, param=path or None)


def _mended(text: bytes) -> bytes:
    """Without broken UTF-8 and half surrogate pairs, which JSON writers have been seen to cut: U+FFFD instead."""
    text = text.decode("utf-8", "replace").encode()
    return _ESCAPES.sub(lambda match: rb"\ufffd" if match[1] else match[0], text)


_DECODERS: Final[dict[object, "msgspec.json.Decoder[object]"]] = {}


def _decoder(kind: type[_T]) -> "msgspec.json.Decoder[_T]":
    found = _DECODERS.get(kind)
    if found is None:
        found = _DECODERS[kind] = msgspec.json.Decoder(kind)
    return found  # type: ignore[return-value]


def said(members: Mapping[str, object]) -> dict[str, object]:
    """The members that have something to say: those that are not None."""
    return {name: value for name, value in members.items() if value is not None}
