"""JSON that callers send, read into types."""

import json
from typing import NoReturn, TypeVar

import msgspec

from waystation.demo.refusals import BAD_JSON, Refusal, Refused

T = TypeVar("T")


def read(body: bytes, kind: type[T]) -> T:
    """Raises Refused with the 400 that the vendor would send."""
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError as error:
        raise Refused(Refusal(400, f"Invalid request: {error}")) from error
    except msgspec.DecodeError:
        return _read_lenient(body, kind)
    except RecursionError as error:
        raise Refused(BAD_JSON) from error


def turned(value: object, kind: type[T], place: str) -> T:
    """What was read as plain JSON, as this type. Raises Refused, naming the place."""
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        raise Refused(Refusal(400, f"Invalid '{place}': {error}", param=place)) from error


def _read_lenient(body: bytes, kind: type[T]) -> T:
    """Lone surrogates are JSON, and callers send them, though msgspec does not read them: they become `?`."""
    try:
        mended = json.dumps(json.loads(body, parse_constant=_no_number), ensure_ascii=False)
        return msgspec.json.decode(mended.encode("utf-8", "replace"), type=kind)
    except msgspec.ValidationError as error:
        raise Refused(Refusal(400, f"Invalid request: {error}")) from error
    except (ValueError, RecursionError) as error:
        raise Refused(BAD_JSON) from error


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")
