"""Where the bytes of images and documents are.

What images and documents may be: platform.claude.com/docs/en/build-with-claude/vision and /pdf-support (2026-11).
"""

import base64
import binascii
from typing import Final

from waystation.dialects.anthropic_messages.seals import NATIVE
from waystation.dialects.table import Table
from waystation.wire.chat import FileId, Inline, Link, Source

PDF: Final = "application/pdf"
_PLAIN: Final = "text/plain"
_IMAGES: Final = frozenset(("image/jpeg", "image/png", "image/gif", "image/webp"))


def source_of(table: Table, usual: str | None = None) -> Source | None:
    """What a `source` leads to, of type `usual` if it does not say; None for one of another kind."""
    match table.text("type"):
        case "base64":
            return Inline(_need(table, "media_type"), _need(table, "data"))
        case "url":
            return Link(_need(table, "url"), usual)
        case "file":
            return FileId(NATIVE, _need(table, "file_id"))
        case "text":
            table.raw("media_type")
            return Inline(_PLAIN, base64.b64encode(_need(table, "data").encode()).decode())
        case _:
            return None


def image_source(source: Source) -> dict[str, object] | None:
    """None if Anthropic can't read it."""
    if isinstance(source, Inline) and source.media_type not in _IMAGES:
        return None
    return _written(source)


def document_source(source: Source) -> dict[str, object] | None:
    """None if Anthropic can't read it: documents are PDFs and plain texts."""
    match source:
        case Inline(media_type, data) if media_type.startswith("text/") or media_type == "application/json":
            text = _text_of(data)
            return None if text is None else {"type": "text", "media_type": _PLAIN, "data": text}
        case Inline(media_type) | Link(_, str() as media_type) if media_type != PDF:
            return None
        case _:
            return _written(source)


def _written(source: Source) -> dict[str, object] | None:
    match source:
        case Inline(media_type, data):
            return {"type": "base64", "media_type": media_type, "data": data}
        case Link(url) if url.startswith(("http://", "https://")):
            return {"type": "url", "url": url}
        case FileId(dialect, identity) if dialect == NATIVE:
            return {"type": "file", "file_id": identity}
        case _:
            return None


def _text_of(data: str) -> str | None:
    try:
        return base64.b64decode(data, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None


def _need(table: Table, name: str) -> str:
    return table.need(name, table.text(name))
