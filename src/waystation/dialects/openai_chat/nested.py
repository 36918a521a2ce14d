"""Unknown members of inner objects: kept beside those of the outer one, with a dot in the name ("image_url.max_side").

So one mapping holds all that a request, a message, a part or a tool says beyond the hub's words, and the path of a
loss reads as the caller wrote it.
"""

from typing import Final

from waystation.dialects.table import Table
from waystation.wire.chat import NO_EXTRAS, Extras

_OBJECTS: Final = frozenset(
    (
        "audio_url",
        "cache_control",
        "completion_tokens_details",
        "custom",
        "extra_content",
        "file",
        "format",
        "function",
        "google",
        "grammar",
        "image_url",
        "input_audio",
        "json_schema",
        "logprobs",
        "message",
        "prompt_tokens_details",
        "reasoning",
        "response_format",
        "stream_options",
        "thinking",
        "usage",
        "video_url",
    )
)


def left_in(table: Table, **inner: Table | Extras | None) -> Extras:
    """What was not taken of an object and of the objects in it."""
    found = dict(table.left())
    for name, part in inner.items():
        left = part.left() if isinstance(part, Table) else part
        found.update({f"{name}.{member}": value for member, value in (left or NO_EXTRAS).items()})
    return found or NO_EXTRAS


def put(members: dict[str, object], extras: Extras) -> dict[str, object]:
    """`members` with the extras in their places; what is said already stays as it is."""
    for name, value in extras.items():
        outer, dot, inner = name.partition(".")
        if not dot or outer not in _OBJECTS:
            members.setdefault(name, value)
            continue
        if members.get(outer) is None:
            members[outer] = {}
        home = members[outer]
        if isinstance(home, dict):
            put(home, {inner: value})
    return members
