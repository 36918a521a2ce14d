"""Unknown members of inner objects: kept beside those of the outer one, with a dot in the name ("image_url.max_side").

So one mapping holds all that a request, a message, a part or a tool says beyond the hub's words, and the path of a
loss reads as the caller wrote it.
"""

from collections.abc import Callable

from waystation.dialects.table import Table
from waystation.wire.chat import NO_EXTRAS, Extras

Put = Callable[[dict[str, object], Extras], dict[str, object]]


def left_in(table: Table, **inner: Table | Extras | None) -> Extras:
    """What was not taken of an object and of the objects in it."""
    found = dict(table.left())
    for name, part in inner.items():
        left = part.left() if isinstance(part, Table) else part
        found.update({f"{name}.{member}": value for member, value in (left or NO_EXTRAS).items()})
    return found or NO_EXTRAS


def putting(*objects: str) -> Put:
    """A function that puts extras back into their places; `objects` are the names of a language's inner objects."""
    known = frozenset(objects)

    def put(members: dict[str, object], extras: Extras) -> dict[str, object]:
        """`members` with the extras in their places; what is said already stays as it is."""
        for name, value in extras.items():
            outer, dot, inner = name.partition(".")
            if not dot or outer not in known:
                members.setdefault(name, value)
                continue
            if members.get(outer) is None:
                members[outer] = {}
            home = members[outer]
            if isinstance(home, dict):
                put(home, {inner: value})
        return members

    return put
