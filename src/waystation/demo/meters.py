"""Where payloads tell usage, found and changed."""

from collections.abc import Callable
from typing import Final, cast

from waystation.demo.replies import Wire

Paths = tuple[tuple[str, ...], ...]
_GONE: Final = object()


def change(payload: Wire, at: Paths, turn: Callable[[object], object]) -> Wire:
    """The payload with what stands at these places turned into something else."""
    changed: object = payload
    for path in at:
        changed = _at(changed, path, turn)
    return cast("Wire", changed)


def remove(payload: Wire, at: Paths) -> Wire:
    return change(payload, at, lambda _: _GONE)


def is_told(payload: Wire, at: Paths) -> bool:
    """Whether usage stands there, and is not null."""
    return change(payload, at, lambda usage: usage and _GONE) != payload


def _at(value: object, path: tuple[str, ...], turn: Callable[[object], object]) -> object:
    if not path:
        return turn(value)
    if not isinstance(value, dict) or path[0] not in value:
        return value
    below = _at(value[path[0]], path[1:], turn)
    if below is _GONE:
        return {name: part for name, part in value.items() if name != path[0]}
    return {**value, path[0]: below}
