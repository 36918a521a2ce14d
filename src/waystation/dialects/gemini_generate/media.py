"""Bytes and files: `inlineData` and `fileData`, both ways.

`fileUri` is an address of Google's storage, of YouTube, of the Files API, or since 2026-01 any public one
(ai.google.dev/gemini-api/docs/file-input-methods, 2026-11).
"""

from typing import Final

import msgspec

from waystation.dialects.gemini_generate.fields import Fields
from waystation.dialects.gemini_generate.nested import left_in
from waystation.dialects.table import said
from waystation.wire.chat import (
    AudioPart,
    Extras,
    FileId,
    FilePart,
    ImagePart,
    Inline,
    Link,
    Seal,
    Source,
)

Media = ImagePart | FilePart | AudioPart

_OWN_FILES: Final = ("files/", "https://generativelanguage.googleapis.com/")
_UNKNOWN: Final = "application/octet-stream"


def inline_of(part: Fields, seal: Seal | None) -> Media:
    data = part.need("inlineData", part.table("inlineData"))
    media_type = data.text("mimeType") or _UNKNOWN
    source = Inline(media_type, data.text("data") or "")
    return _media(media_type, source, _name_in(data, media_type), left_in(part, inlineData=data), seal)


def file_of(part: Fields, seal: Seal | None) -> Media:
    file = part.need("fileData", part.table("fileData"))
    media_type, uri = file.text("mimeType"), file.need("fileUri", file.text("fileUri"))
    own = uri.startswith(_OWN_FILES)
    source: Source = FileId("gemini.generate", uri) if own else Link(uri, media_type)
    extras = left_in(part, fileData=file)
    if own and media_type is not None:
        extras = {**extras, "fileData.mimeType": _quoted(media_type)}
    return _media(media_type or "", source, _name_in(file, media_type or ""), extras, seal)


def data_of(part: Media) -> dict[str, object] | None:
    """The member that says where its bytes are; None for a file of another vendor's."""
    name = part.filename if isinstance(part, FilePart) else None
    match part.source:
        case Inline(media_type, data):
            return {"inlineData": said({"mimeType": media_type, "data": data, "displayName": name})}
        case Link(url, media_type):
            return {"fileData": said({"fileUri": url, "mimeType": media_type, "displayName": name})}
        case FileId("gemini.generate", uri):
            return {"fileData": said({"fileUri": uri, "displayName": name})}
        case _:
            return None


def _media(media_type: str, source: Source, name: str | None, extras: Extras, seal: Seal | None) -> Media:
    if media_type.startswith("image/"):
        return ImagePart(source=source, seal=seal, extras=extras)
    if seal is not None and seal.dialect == "gemini.generate":
        extras = {**extras, "thoughtSignature": _quoted(seal.text)}
    if media_type.startswith("audio/"):
        return AudioPart(source=source, extras=extras)
    return FilePart(source=source, filename=name, extras=extras)


def _name_in(data: Fields, media_type: str) -> str | None:
    """Only files have a name among the hub's words; that of an image or a sound is left to this language."""
    return None if media_type.startswith(("image/", "audio/")) else data.text("displayName")


def _quoted(text: str) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode(text))
