"""The content of a message as it is written to a vendor."""

from collections.abc import Sequence

import msgspec

from waystation.dialects.losses import Losses
from waystation.dialects.openai_chat.media import format_of_type, is_on_the_web, url_of
from waystation.dialects.openai_chat.nested import put
from waystation.dialects.openai_chat.tools import cache_of
from waystation.dialects.table import said
from waystation.wire.chat import (
    AudioPart,
    FileId,
    FilePart,
    ForeignPart,
    ImagePart,
    Inline,
    Link,
    Part,
    RefusalPart,
    TextPart,
)
from waystation.wire.dialect import Dialect, Trait

_OPENAI: frozenset[Dialect] = frozenset(("openai.chat", "openai.responses"))  # they share their files
_BREAK = "\n\n"

Placed = tuple[str, Part]  # a part, and its path


class Wording(msgspec.Struct, frozen=True):
    """How one request is said: what its vendor understands, and what could not be said so far."""

    losses: Losses
    traits: frozenset[Trait]

    @property
    def same(self) -> bool:
        """The request was written in this very language."""
        return self.losses.source == self.losses.target


def content_of(placed: Sequence[Placed], wording: Wording, between: str = _BREAK) -> str | list[object] | None:
    """A string where the source could have given one, since not every vendor reads arrays; None for no content.

    `between` joins the texts of a source that had several.
    """
    parts = (part_of(one, path, wording) for path, one in placed)
    content: list[object] = [part for part in parts if part is not None]
    texts = [part.get("text") for part in content if isinstance(part, dict) and part.keys() == {"type", "text"}]
    if len(texts) < len(content) or (len(texts) > 1 and wording.same):
        return content
    return between.join(map(str, texts)) if texts else None


def part_of(part: Part, path: str, wording: Wording) -> dict[str, object] | msgspec.Raw | None:
    """None if it can't be said, which is noted."""
    members: dict[str, object] | None
    match part:
        case TextPart():
            members = _text(part, path, wording)
        case RefusalPart():
            members = {"type": "refusal", "refusal": part.text}
        case ImagePart():
            members = _image(part, path, wording)
        case AudioPart():
            members = _sound(part, path, wording)
        case FilePart():
            members = _file(part, path, wording)
        case ForeignPart(dialect="openai.chat"):
            return part.raw
        case _:
            members = _lost(wording, path, "a message of this role can't hold it")
    if members is None:
        return None
    if part.cache is not None:
        members |= cache_of(part.cache, path, wording.losses)
    return put(members, wording.losses.keep(path, part.extras))


def _text(part: TextPart, path: str, wording: Wording) -> dict[str, object]:
    if part.annotations and not wording.same:
        wording.losses.note(f"{path}.annotations", "citations are not sent back")
    if part.seal is not None:
        wording.losses.note(f"{path}.seal", "this language has no place for it")
    return {"type": "text", "text": part.text}


def _image(part: ImagePart, path: str, wording: Wording) -> dict[str, object] | None:
    if isinstance(part.source, FileId):
        return _lost(wording, path, "an image is given by its bytes or its address here")
    if isinstance(part.source, Link) and not wording.same and not is_on_the_web(part.source):
        return _lost(wording, path, "only another vendor can read this address")
    if isinstance(part.source, Link) and "inline_images" in wording.traits:
        return _lost(wording, path, "this vendor takes images by their bytes only")
    if part.seal is not None:
        wording.losses.note(f"{path}.seal", "this language has no place for it")
    return {"type": "image_url", "image_url": said({"url": url_of(part.source), "detail": part.detail})}


def _sound(part: AudioPart, path: str, wording: Wording) -> dict[str, object] | None:
    match part.source:
        case Inline(media_type, data):
            inner = {"data": data, "format": format_of_type(media_type)}
        case Link(url, media_type) if wording.same:
            if media_type is None:
                return {"type": "audio_url", "audio_url": {"url": url}}
            inner = {"data": url, "format": format_of_type(media_type)}
        case _:
            return _lost(wording, path, "a sound is given by its bytes here")
    return {"type": "input_audio", "input_audio": inner}


def _file(part: FilePart, path: str, wording: Wording) -> dict[str, object] | None:
    match part.source:
        case Inline(media_type) | Link(_, str() as media_type) if media_type.startswith("video/"):
            return {"type": "video_url", "video_url": {"url": url_of(part.source)}}
        case FileId(dialect, identity) if dialect in _OPENAI and wording.losses.source in _OPENAI:
            inner = {"file_id": identity, "filename": part.filename}
        case Inline():
            inner = {"filename": part.filename or "file", "file_data": url_of(part.source)}
        case Link(url) if wording.same:
            inner = {"filename": part.filename, "file_data": url}
        case _:
            return _lost(wording, path, "a file is given by its bytes here")
    return {"type": "file", "file": said(inner)}


def _lost(wording: Wording, path: str, reason: str) -> dict[str, object] | None:
    wording.losses.note(path, reason, grave=True)
    return None
