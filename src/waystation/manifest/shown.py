"""What an error may show of a value."""

import re
from typing import Final

_LENGTH_MAX: Final = 60
# A key put into the wrong field must not land in a log: what begins like one, or is as long and dense as one.
_SECRETISH: Final = re.compile(r"\b(?:sk|pk|key|ak)-[\w-]{4,}|[\w-]{32,}")
# user:password@ in an address
_CREDENTIALS: Final = re.compile(r"//[^/@\s]*@")

_KINDS: Final[dict[type, str]] = {
    bool: "a boolean",
    int: "an integer",
    float: "a float",
    str: "a string",
    list: "a list",
    dict: "a mapping",
}


def mask(text: str) -> str:
    """The text without anything that looks like a secret."""
    return _CREDENTIALS.sub("//•••@", _SECRETISH.sub("•••", text))


def got(value: object, *, secret: bool = False, origin: str | None = None) -> str:
    """A value in words, as in "a float 2.5". Its text is left out if it is secret or was filled in from `origin`."""
    kind = _KINDS.get(type(value))
    if kind is None or isinstance(value, list | dict):
        return kind or "nothing"
    if origin is not None:
        return origin
    if secret:
        return f"{kind} of {len(value)} characters" if isinstance(value, str) else kind
    if isinstance(value, str):
        shown = mask(value)
        return repr(shown if len(shown) <= _LENGTH_MAX else shown[:_LENGTH_MAX] + "…")
    return f"{kind} {value}".lower()
