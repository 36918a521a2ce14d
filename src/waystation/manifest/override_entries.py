"""What a file may say of an upstream's overrides. What spans several fields is checked in `overrides`."""

import re
from typing import Annotated, Final

import msgspec
from pydantic import BeforeValidator
from pydantic import Field as Bounded

from waystation.dialects.draft import path_of
from waystation.manifest.entry import Entry
from waystation.manifest.fields import Field, text_of, yes_or_no
from waystation.wire.overrides import Scalar

_VALUE_BYTES_MAX: Final = 16 * 1024  # a long system prompt
_RULES_MAX: Final = 100
_PATTERN: Final = re.compile(r"[A-Za-z0-9._:/@+*-]{1,128}")
_HEADER_VALUE: Final = re.compile(r"[\x20-\x7e]{1,4096}")
_PATH: Final = re.compile(r"/[A-Za-z0-9._~:@!$&'()*+,;=%/{}-]*")
_QUERY: Final = re.compile(r"\?[A-Za-z0-9._~:@!$&'()*+,;=%/?-]+")
_MODEL: Final = "{model}"


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _pattern(value: object) -> str:
    text = text_of(value)
    if _PATTERN.fullmatch(text) is None:
        raise ValueError
    return text


def _member(value: object) -> str:
    text = text_of(value)
    if not text.isprintable() or len(text) > 256:
        raise ValueError
    path_of(text)
    return text


def _json(value: object) -> str:
    try:
        text = msgspec.json.encode(value).decode()
    except (TypeError, ValueError):
        raise ValueError from None
    if len(text) > _VALUE_BYTES_MAX:
        raise ValueError(f"it takes more than {_VALUE_BYTES_MAX} bytes")
    return text


def _scalars(value: object) -> tuple[Scalar, ...]:
    values = value if isinstance(value, list) else [value]
    if not values or not all(isinstance(one, bool | int | float | str) for one in values):
        raise ValueError
    return tuple(values)


def _header_value(value: object) -> str:
    text = text_of(value)
    if _HEADER_VALUE.fullmatch(text) is None or text != text.strip():
        raise ValueError("it is empty or too long, or has a character that is not visible ASCII")
    return text


def _path(value: object) -> str:
    """Raises: ValueError."""
    path, mark, query = text_of(value).partition("?")
    if _PATH.fullmatch(path) is None or (mark and _QUERY.fullmatch(mark + query) is None):
        raise ValueError("it does not begin with a slash, or has a character that a path has not")
    if any(part in {".", ".."} for part in path.split("/")) or "//" in path:
        raise ValueError("it has an empty step, or one of dots only")
    return text_of(value)


def _prefix(value: object) -> str:
    path = _path(value)
    if "?" in path or path.endswith("/") or "{" in path or "}" in path:
        raise ValueError("it goes before a path: no query, no braces and no slash at its end")
    return path


Pattern = Annotated[str, Field('a model\'s name at the upstream, "*" for any characters', _pattern)]
Member = Annotated[str, Field('a member of the body, such as "temperature" or "thinking.type"', _member)]
Json = Annotated[str, Field("a value that JSON can say", _json)]
Scalars = Annotated[tuple[Scalar, ...], Field("a text, a number, true, false, or a list of such", _scalars)]
Streaming = Annotated[bool, Field("true or false", yes_or_no)]
HeaderName = Annotated[str, Field("a header's name, as a string", text_of)]
HeaderValue = Annotated[str, Field("a header's value, as a string", _header_value, secret=True)]
UpstreamPath = Annotated[str, Field('a path such as "/v1/chat/completions"', _path)]
Prefix = Annotated[str, Field('the beginning of a path, such as "/team-a"', _prefix)]


class WhenEntry(Entry):
    model: Annotated[list[Pattern], BeforeValidator(_listed)] = Bounded(default_factory=list)
    stream: Streaming | None = None
    has: Annotated[list[Member], BeforeValidator(_listed)] = Bounded(default_factory=list)
    lacks: Annotated[list[Member], BeforeValidator(_listed)] = Bounded(default_factory=list)
    equals: dict[str, Scalars] = Bounded(default_factory=dict)


class BodyRuleEntry(Entry):
    """One of the first four, each the member that it is about. `to`: the value, or the new name."""

    set: Member | None = None
    default: Member | None = None
    drop: Member | None = None
    rename: Member | None = None
    to: Json | None = None
    when: WhenEntry | None = None


class HeadersEntry(Entry):
    set: dict[str, HeaderValue] = Bounded(default_factory=dict)
    drop: Annotated[list[HeaderName], BeforeValidator(_listed)] = Bounded(default_factory=list)
    rename: dict[str, HeaderName] = Bounded(default_factory=dict)
    passed: Annotated[list[HeaderName], BeforeValidator(_listed)] = Bounded(default_factory=list, alias="pass")


class PathEntry(Entry):
    """`replace`: by language."""

    prefix: Prefix | None = None
    replace: dict[str, UpstreamPath] = Bounded(default_factory=dict)


class OverridesEntry(Entry):
    headers: HeadersEntry = HeadersEntry()
    body: Annotated[list[BodyRuleEntry], Bounded(max_length=_RULES_MAX)] = Bounded(default_factory=list)
    path: PathEntry = PathEntry()
