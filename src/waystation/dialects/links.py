"""Images and files that are given by address, for vendors that want them inline: which ones, and put in their place."""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

import msgspec

from waystation.dialects.codec import Target
from waystation.wire.chat import (
    AudioPart,
    ChatRequest,
    FilePart,
    ImagePart,
    Inline,
    Link,
    Message,
    Part,
    ToolResultPart,
)
from waystation.wire.dialect import Dialect

# What a language takes as bytes only. Gemini's fileData reads its own and YouTube's addresses; see `_VENDORS_OWN`.
_INLINE_ONLY: Final[Mapping[Dialect, tuple[type, ...]]] = {
    "openai.chat": (FilePart, AudioPart),
    "openai.responses": (AudioPart,),
    "anthropic.messages": (AudioPart,),
    "gemini.generate": (ImagePart, FilePart, AudioPart),
}
_VENDORS_OWN: Final = (
    "https://generativelanguage.googleapis.com/",
    "https://www.youtube.com/",
    "https://youtube.com/",
    "https://youtu.be/",
)
_replace: Final = msgspec.structs.replace
_Media = ImagePart | FilePart | AudioPart


def links_of(request: ChatRequest, dialect: Dialect, target: Target) -> tuple[str, ...]:
    """The addresses to fetch before this target can be asked, each once."""
    kinds = _INLINE_ONLY.get(dialect, ())
    if "inline_images" in target.traits:
        kinds = (*kinds, ImagePart)
    wanted = (part.source for part in _media_of(request.messages) if isinstance(part, kinds))
    return tuple(dict.fromkeys(source.url for source in wanted if isinstance(source, Link) and _is_fetched(source.url)))


def inlined(request: ChatRequest, fetched: Mapping[str, Inline]) -> ChatRequest:
    """The request with the bytes of each fetched address in its place."""

    def put(part: Part) -> Part:
        if isinstance(part, _Media) and isinstance(part.source, Link) and part.source.url in fetched:
            return _replace(part, source=fetched[part.source.url])
        if isinstance(part, ToolResultPart):
            return _replace(part, parts=tuple(map(put, part.parts)))
        return part

    return _replace(request, messages=tuple(_with_parts(message, put) for message in request.messages))


def _with_parts(message: Message, put: Callable[[Part], Part]) -> Message:
    return _replace(message, parts=tuple(map(put, message.parts)))


def _is_fetched(url: str) -> bool:
    return url.startswith(("http://", "https://")) and not url.startswith(_VENDORS_OWN)


def _media_of(messages: tuple[Message, ...]) -> Iterator[_Media]:
    for message in messages:
        for part in message.parts:
            inner = part.parts if isinstance(part, ToolResultPart) else (part,)
            yield from (one for one in inner if isinstance(one, _Media))
