"""Citations: OpenAI's `url_citation`, to which OpenRouter adds the quote as `content` (openrouter.ai/docs, 2026-11)."""

from typing import Final

import msgspec

from waystation.dialects.openai_chat.answer import UNREADABLE
from waystation.dialects.table import said
from waystation.wire.chat import Annotation, TextPart


class _Url(msgspec.Struct):
    url: str | None = None
    title: str | None = None
    content: str | None = None
    start_index: int | None = None
    end_index: int | None = None


class _Citation(msgspec.Struct):
    url_citation: _Url


_CITATION: Final = msgspec.json.Decoder(_Citation)


def annotation_of(raw: msgspec.Raw) -> Annotation:
    """One of another type, or of a broken form, is only given back as it is."""
    try:
        cited = _CITATION.decode(raw).url_citation
    except UNREADABLE:
        return Annotation(raw=raw)
    return Annotation(
        url=cited.url,
        title=cited.title,
        quote=cited.content,
        start=cited.start_index,
        end=cited.end_index,
        raw=raw,
    )


def citation_of(annotation: Annotation, offset: int, *, own: bool) -> object | None:
    """The same as it is written, `offset` characters further on; None if it names no address. `own`: it was read in
    this language.
    """
    if own and offset == 0:
        return annotation.raw
    if annotation.url is None:
        return None
    cited = said(
        {
            "url": annotation.url,
            "title": annotation.title or "",
            "content": annotation.quote,
            "start_index": offset + (annotation.start or 0),
            "end_index": offset + (annotation.end or 0),
        }
    )
    return {"type": "url_citation", "url_citation": cited}


def citations_of(parts: tuple[TextPart, ...], *, own: bool) -> list[object] | None:
    """Those of all the text, whose parts are written one after another; None if there are none."""
    found: list[object] = []
    offset = 0
    for part in parts:
        found += (citation_of(annotation, offset, own=own) for annotation in part.annotations)
        offset += len(part.text)
    return [one for one in found if one is not None] or None
