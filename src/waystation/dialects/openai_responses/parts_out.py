"""The content of an item as it is written to a vendor."""

from collections.abc import Sequence
from typing import Final

import msgspec

from waystation.dialects.losses import Losses
from waystation.dialects.openai_chat.media import format_of_type, is_on_the_web, url_of
from waystation.dialects.openai_responses.nested import put
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
    Role,
    TextPart,
)
from waystation.wire.dialect import Dialect, Trait

_OPENAI: Final[frozenset[Dialect]] = frozenset(("openai.chat", "openai.responses"))  # they share their files

Placed = tuple[str, Part]  # a part, and its path


class Wording(msgspec.Struct, frozen=True):
    """How one request is said: what its vendor understands, and what could not be said so far.

    `mixed`: vendors of other languages took part in the conversation, so ids in it may not be this vendor's.
    """

    losses: Losses
    traits: frozenset[Trait]
    mixed: bool = False

    @property
    def same(self) -> bool:
        """The request was written in this very language."""
        return self.losses.source == self.losses.target


def content_of(placed: Sequence[Placed], role: Role, wording: Wording) -> list[object]:
    parts = (part_of(part, path, role, wording) for path, part in placed)
    return [part for part in parts if part is not None]


def part_of(part: Part, path: str, role: Role, wording: Wording) -> dict[str, object] | msgspec.Raw | None:
    """None if it can't be said, which is noted."""
    if not wording.same and not isinstance(part, TextPart) and not _can_hold(role, part):
        return _lost(wording, path, "a message of this role can't hold it")
    members: dict[str, object] | None
    match part:
        case TextPart():
            members = _text(part, path, role, wording)
        case RefusalPart():
            members = {"type": "refusal", "refusal": part.text}
        case ImagePart():
            members = _image(part, path, wording)
        case AudioPart():
            members = _sound(part, path, wording)
        case FilePart():
            members = _file(part, path, wording)
        case ForeignPart(dialect="openai.responses"):
            return part.raw
        case _:
            members = _lost(wording, path, "a message of this role can't hold it")
    if members is None:
        return None
    if part.cache is not None:
        wording.losses.note(f"{path}.cache", "vendors of this language cache without being told")
    return put(members, wording.losses.keep(path, part.extras))


def _can_hold(role: Role, part: Part) -> bool:
    return isinstance(part, RefusalPart) == (role == "assistant") and (role in ("user", "tool", "assistant"))


def _text(part: TextPart, path: str, role: Role, wording: Wording) -> dict[str, object]:
    if part.seal is not None:
        wording.losses.note(f"{path}.seal", f"only for a vendor of {part.seal.dialect}")
    if part.annotations and not wording.same:
        wording.losses.note(f"{path}.annotations", "citations are not sent back")
    if role != "assistant":
        return {"type": "input_text", "text": part.text}
    annotations = [annotation.raw for annotation in part.annotations] if wording.same else []
    return {"type": "output_text", "text": part.text, "annotations": annotations}


def _image(part: ImagePart, path: str, wording: Wording) -> dict[str, object] | None:
    if part.seal is not None:
        wording.losses.note(f"{path}.seal", f"only for a vendor of {part.seal.dialect}")
    where: dict[str, object]
    match part.source:
        case FileId(dialect, identity) if dialect in _OPENAI and wording.losses.source in _OPENAI:
            where = {"file_id": identity}
        case FileId():
            return _lost(wording, path, "a file that was uploaded to another vendor")
        case Link() if not wording.same and not is_on_the_web(part.source):
            return _lost(wording, path, "only another vendor can read this address")
        case Link() if "inline_images" in wording.traits:
            return _lost(wording, path, "this vendor takes images by their bytes only")
        case source:
            where = {"image_url": url_of(source)}
    return {"type": "input_image", **where, "detail": part.detail or "auto"}


def _sound(part: AudioPart, path: str, wording: Wording) -> dict[str, object] | None:
    if not isinstance(part.source, Inline):
        return _lost(wording, path, "a sound is given by its bytes here")
    inner = {"data": part.source.data, "format": format_of_type(part.source.media_type)}
    return {"type": "input_audio", "input_audio": inner}


def _file(part: FilePart, path: str, wording: Wording) -> dict[str, object] | None:
    where: dict[str, object]
    match part.source:
        case Inline(media_type) | Link(_, str() as media_type) if media_type.startswith("video/"):
            return _lost(wording, path, "videos can't be said here")
        case FileId(dialect, identity) if dialect in _OPENAI and wording.losses.source in _OPENAI:
            where = {"file_id": identity, "filename": part.filename}
        case FileId():
            return _lost(wording, path, "a file that was uploaded to another vendor")
        case Inline():
            where = {"filename": part.filename or "file", "file_data": url_of(part.source)}
        case source:
            where = {"file_url": source.url, "filename": part.filename if wording.same else None}
    return said({"type": "input_file", **where})


def _lost(wording: Wording, path: str, reason: str) -> dict[str, object] | None:
    wording.losses.note(path, reason, grave=True)
    return None
