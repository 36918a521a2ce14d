"""Citations. Each stands on a whole text block, and says where in a document or on which page its quote is."""

from typing import Final

import msgspec

from waystation.dialects.table import said
from waystation.wire.chat import Annotation, TextPart

_UNREADABLE: Final = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
_OF_SEARCH: Final = "web_search_result_location"


_OURS: Final = frozenset(
    ("char_location", "page_location", "content_block_location", "search_result_location", _OF_SEARCH)
)


class _Citation(msgspec.Struct):
    type: str | None = None
    url: str | None = None
    source: str | None = None
    title: str | None = None
    document_title: str | None = None
    cited_text: str | None = None
    encrypted_index: str | None = None


_CITATION: Final = msgspec.json.Decoder(_Citation)


def annotation_of(raw: msgspec.Raw) -> Annotation:
    """One of a broken form is only given back as it is."""
    cited = _read(raw)
    url = cited.url
    if url is None and cited.source is not None and cited.source.startswith(("http://", "https://")):
        url = cited.source
    return Annotation(url=url, title=cited.title or cited.document_title, quote=cited.cited_text, raw=raw)


def citation_of(annotation: Annotation) -> object | None:
    """As a caller reads it: one that was read in this language as it was; None if it names no address."""
    if _read(annotation.raw).type in _OURS:
        return annotation.raw
    if annotation.url is None:
        return None
    return {
        "type": _OF_SEARCH,
        "url": annotation.url,
        "title": annotation.title,
        "cited_text": annotation.quote or "",
        "encrypted_index": "",  # only Anthropic's own searches have one
    }


def citations_back(part: TextPart) -> dict[str, object]:
    """The member `citations` for the vendor: without those that were made here, of which it knows nothing."""
    raws = [annotation.raw for annotation in part.annotations if _read(annotation.raw).encrypted_index != ""]
    return said({"citations": raws or None})


def _read(raw: msgspec.Raw) -> _Citation:
    try:
        return _CITATION.decode(raw)
    except _UNREADABLE:
        return _Citation()
