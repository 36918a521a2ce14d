"""Unknown members of inner objects, back in their places: "text.x" is the member `x` of `text`."""

from typing import Final

from waystation.dialects.openai_chat.nested import left_in
from waystation.wire.chat import Extras

__all__ = ["left_in", "put"]

_OBJECTS: Final = frozenset(
    (
        "format",
        "image_url",
        "input_audio",
        "input_tokens_details",
        "output_tokens_details",
        "reasoning",
        "stream_options",
        "text",
        "usage",
    )
)


def put(members: dict[str, object], extras: Extras) -> dict[str, object]:
    """`members` with the extras in their places; what is said already stays as it is."""
    for name, value in extras.items():
        outer, dot, inner = name.partition(".")
        if not dot or outer not in _OBJECTS:
            members.setdefault(name, value)
            continue
        home = members.setdefault(outer, {})
        if isinstance(home, dict):
            put(home, {inner: value})
    return members
