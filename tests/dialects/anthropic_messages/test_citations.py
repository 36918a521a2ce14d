"""Citations, both ways."""

import json

import msgspec
import pytest

from waystation.dialects.anthropic_messages.citations import annotation_of, citation_of, citations_back
from waystation.wire.chat import Annotation, TextPart


def raw(given: object) -> msgspec.Raw:
    return msgspec.Raw(json.dumps(given).encode())


PAGE = raw({"type": "page_location", "cited_text": "q", "document_title": "Lease", "start_page_number": 1})
SEARCH = raw({"type": "web_search_result_location", "url": "https://x", "title": "T", "encrypted_index": "E"})
OWN = raw({"type": "search_result_location", "source": "https://kb", "title": "T", "cited_text": "q"})
SHELF = raw({"type": "search_result_location", "source": "shelf 4", "title": None})


@pytest.mark.parametrize(
    ("given", "due"),
    [
        (PAGE, Annotation(title="Lease", quote="q", raw=PAGE)),
        (SEARCH, Annotation(url="https://x", title="T", raw=SEARCH)),
        (OWN, Annotation(url="https://kb", title="T", quote="q", raw=OWN)),
        (SHELF, Annotation(raw=SHELF)),
        (raw("odd"), Annotation(raw=raw("odd"))),
    ],
)
def test_citations_are_read(given: msgspec.Raw, due: Annotation) -> None:
    assert annotation_of(given) == due


def test_a_citation_of_this_language_is_written_as_it_was() -> None:
    assert citation_of(annotation_of(PAGE)) == PAGE


def test_a_citation_of_another_language_is_one_of_a_search() -> None:
    foreign = raw({"type": "url_citation", "url_citation": {"url": "https://y"}})
    assert citation_of(Annotation(url="https://y", title="Y", raw=foreign)) == {
        "type": "web_search_result_location",
        "url": "https://y",
        "title": "Y",
        "cited_text": "",
        "encrypted_index": "",
    }
    assert citation_of(Annotation(quote="q")) is None


def test_only_the_vendors_own_citations_go_back_to_it() -> None:
    made = raw({"type": "web_search_result_location", "url": "https://y", "encrypted_index": ""})
    assert citations_back(TextPart(text="t", annotations=(annotation_of(made),))) == {}
    both = TextPart(text="t", annotations=(annotation_of(SEARCH), annotation_of(made)))
    assert citations_back(both) == {"citations": [SEARCH]}
