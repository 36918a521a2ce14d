"""A vendor's object with a member of another type than the language has: read member by member, without that one."""

from typing import TypeGuard, TypeVar, get_args, get_origin

import msgspec

from waystation.dialects.members import without_surrogates
from waystation.dialects.openai_chat.answer import UNREADABLE

_Struct = TypeVar("_Struct", bound=msgspec.Struct)


def read_leniently(payload: bytes, kind: type[_Struct]) -> _Struct:
    """What can be read of a JSON object, with a broken surrogate pair or UTF-8 in it if need be. Never raises."""
    mended = without_surrogates(payload.decode("utf-8", "replace").removeprefix("\ufeff").encode())
    return _read(msgspec.Raw(mended), kind)


def _read(raw: msgspec.Raw, kind: type[_Struct]) -> _Struct:
    try:
        members = msgspec.json.decode(raw, type=dict[str, msgspec.Raw])
    except UNREADABLE:
        return kind()
    found: dict[str, object] = {}
    for field in msgspec.structs.fields(kind):
        value = members.get(field.name)
        if value is None or bytes(value) == b"null":
            continue
        try:
            found[field.name] = _member(field.type, value)
        except UNREADABLE:
            continue
    return kind(**found)


def _member(kind: object, value: msgspec.Raw) -> object:
    for option in get_args(kind) or (kind,):
        if _is_struct(option):
            return _read(value, option)
        if get_origin(option) is list and _is_struct(get_args(option)[0]):
            rows = msgspec.json.decode(value, type=list[msgspec.Raw])
            return [_read(row, get_args(option)[0]) for row in rows]
    return msgspec.json.decode(value, type=kind, strict=False)


def _is_struct(kind: object) -> TypeGuard[type[msgspec.Struct]]:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)
