"""Citations. Each stands on a whole text block, and says where in a document or on which page its quote is."""

from typing import Final

import msgspec

from waystation.dialects.table import said
from waystation.wire.chat import Annotation, TextPart

_UNREADABLE: Final = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
_OF_SEARCH: Final = "web_search_result_location"


class _Citation(msgspec.Struct):
    url: str | None = None
    source: str | None = None
    title: str | None = None
    document_title: str | None = None
    cited_text: str | None = None
    encrypted_index: str | None = None


_CITATION: Final = msgspec.json.Decoder(_Citation)


def annotation_of(raw: msgspec.Raw) -> Annotation:
    """One of a broken form is only given back as it is."""
    try:
        cited = _CITATION.decode(raw)
    except _UNREADABLE:
        return Annotation(raw=raw)
    url = cited.url
    if url is None and cited.source is not None and cited.source.startswith(("http://", "https://")):
        url = cited.source
    return Annotation(url=url, title=cited.title or cited.document_title, quote=cited.cited_text, raw=raw)


def citation_of(annotation: Annotation, *, own: bool) -> object | None:
    """As a caller reads it; None if it names no address. `own`: it was read in this language."""
    if own:
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
    raws = [annotation.raw for annotation in part.annotations if not _is_made(annotation.raw)]
    return said({"citations": raws or None})


def _is_made(raw: msgspec.Raw) -> bool:
    try:
        return _CITATION.decode(raw).encrypted_index == ""
    except _UNREADABLE:
        return False
