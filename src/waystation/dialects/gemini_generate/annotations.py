"""Citations: Gemini's grounding and citation metadata, both ways.

A grounding support is a segment of the text, in bytes of UTF-8, and the numbers of the sources that it rests on. A
citation's source has its own segment. Sources: ai.google.dev/gemini-api/docs/google-search and
ai.google.dev/api/generate-content#citationmetadata (2026-11).
"""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final

import msgspec

from waystation.dialects.table import said
from waystation.wire.chat import Annotation

_MAX: Final = 256  # of one answer; each may take a look at all of its text
_UNREADABLE: Final = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
NULL: Final = msgspec.Raw(b"null")


class _Segment(msgspec.Struct, rename="camel"):
    start_index: int = 0
    end_index: int | None = None
    text: str | None = None


class _Support(msgspec.Struct, rename="camel"):
    segment: _Segment | None = None
    grounding_chunk_indices: list[int] = []


class _Page(msgspec.Struct):
    uri: str | None = None
    title: str | None = None


class _Source(msgspec.Struct, rename="camel"):
    web: _Page | None = None
    retrieved_context: _Page | None = None
    maps: _Page | None = None

    @property
    def page(self) -> _Page:
        return self.web or self.retrieved_context or self.maps or _Page()


class _Grounding(msgspec.Struct, rename="camel"):
    grounding_chunks: list[_Source] = []
    grounding_supports: list[msgspec.Raw] = []


class _Citation(msgspec.Struct, rename="camel"):
    uri: str | None = None
    title: str | None = None
    start_index: int = 0
    end_index: int | None = None


class _Citations(msgspec.Struct, rename="camel"):
    """`citation_sources` is Gemini's own name, `citations` Vertex's."""

    citation_sources: list[msgspec.Raw] = []
    citations: list[msgspec.Raw] = []


_GROUNDING: Final = msgspec.json.Decoder(_Grounding)
_SUPPORT: Final = msgspec.json.Decoder(_Support)
_CITATIONS: Final = msgspec.json.Decoder(_Citations)
_CITATION: Final = msgspec.json.Decoder(_Citation)


def annotations_of(grounding: msgspec.Raw, citations: msgspec.Raw, text: str | None) -> tuple[Annotation, ...]:
    """`text` is what the segments are of; None if that is not one text. What can't be read says nothing."""
    if grounding == NULL and citations == NULL:
        return ()
    place = _Places(text)
    found: list[Annotation] = []
    for raw, read in ((grounding, _grounded), (citations, _cited)):
        try:
            found += islice(read(raw, place), _MAX)
        except _UNREADABLE:
            continue
    return tuple(found)


def metadata_of(cited: Sequence[tuple[Annotation, str]]) -> dict[str, object] | None:
    """The groundingMetadata of citations, each with the text that it stands on; None if none names an address."""
    pages = {a.url: {"web": said({"uri": a.url, "title": a.title})} for a, _ in cited if a.url is not None}
    if not pages:
        return None
    numbers = {url: number for number, url in enumerate(pages)}
    supports = [
        {"segment": segment, "groundingChunkIndices": [numbers[annotation.url]]}
        for annotation, text in cited
        if annotation.url is not None and (segment := _segment(annotation, text))
    ]
    return said({"groundingChunks": list(pages.values()), "groundingSupports": supports or None})


class _Places:
    """From bytes of a text to its characters."""

    __slots__ = ("_bytes", "_text")

    def __init__(self, text: str | None) -> None:
        self._text = text
        self._bytes = b"" if text is None or text.isascii() else text.encode()

    def char(self, at: int | None) -> int | None:
        if self._text is None or at is None or at < 0:
            return None
        if not self._bytes:
            return min(at, len(self._text))
        return len(self._bytes[:at].decode("utf-8", "ignore"))


def _grounded(raw: msgspec.Raw, place: _Places) -> Iterator[Annotation]:
    """Sources that no segment rests on are told without one."""
    grounding = _GROUNDING.decode(raw)
    pages = [source.page for source in grounding.grounding_chunks]
    told = False
    for row in grounding.grounding_supports:
        support = _SUPPORT.decode(row)
        segment = support.segment or _Segment()
        start, end = place.char(segment.start_index), place.char(segment.end_index)
        for number in support.grounding_chunk_indices:
            if 0 <= number < len(pages):
                told = True
                page = pages[number]
                yield Annotation(url=page.uri, title=page.title, quote=segment.text, start=start, end=end, raw=row)
    if not told:
        yield from (Annotation(url=page.uri, title=page.title) for page in pages)


def _cited(raw: msgspec.Raw, place: _Places) -> Iterator[Annotation]:
    found = _CITATIONS.decode(raw)
    for row in found.citation_sources or found.citations:
        one = _CITATION.decode(row)
        start, end = place.char(one.start_index), place.char(one.end_index)
        yield Annotation(url=one.uri, title=one.title, start=start, end=end, raw=row)


def _segment(annotation: Annotation, text: str) -> dict[str, object]:
    start, end = annotation.start, annotation.end
    if start is None or end is None or not 0 <= start <= end <= len(text):
        return said({"text": annotation.quote})
    return {
        "startIndex": len(text[:start].encode()),
        "endIndex": len(text[:end].encode()),
        "text": annotation.quote or text[start:end],
    }
