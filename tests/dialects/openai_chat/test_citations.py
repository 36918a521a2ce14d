"""Citations, both ways."""

import msgspec
import pytest

from waystation.dialects.openai_chat.citations import annotation_of, citation_of, citations_of
from waystation.wire.chat import Annotation, TextPart

RAW = msgspec.Raw(
    b'{"type":"url_citation","url_citation":{"url":"u","title":"t","content":"q","start_index":1,"end_index":2}}'
)
CITED = Annotation(url="u", title="t", quote="q", start=1, end=2, raw=RAW)


def test_a_citation_is_read() -> None:
    assert annotation_of(RAW) == CITED


@pytest.mark.parametrize("raw", [b"5", b'{"type":"file_citation"}', b'{"url_citation":{"url":5}}'])
def test_any_other_is_kept_as_it_is(raw: bytes) -> None:
    assert annotation_of(msgspec.Raw(raw)) == Annotation(raw=msgspec.Raw(raw))


def test_its_own_language_gets_it_back() -> None:
    assert citation_of(CITED, 0, own=True) == RAW


def test_it_is_moved_by_the_text_before_it() -> None:
    moved = {"url": "u", "title": "t", "content": "q", "start_index": 11, "end_index": 12}
    assert citation_of(CITED, 10, own=True) == {"type": "url_citation", "url_citation": moved}


def test_one_of_another_language_is_written_anew() -> None:
    cited = {"url": "u", "title": "", "start_index": 0, "end_index": 0}
    assert citation_of(Annotation(url="u"), 0, own=False) == {"type": "url_citation", "url_citation": cited}
    assert citation_of(Annotation(title="a page"), 0, own=False) is None


def test_those_of_several_texts_follow_each_other() -> None:
    texts = (TextPart(text="abc"), TextPart(text="d", annotations=(CITED, Annotation(quote="q"))))
    found = citations_of(texts, own=False)
    assert found is not None
    assert msgspec.to_builtins(found)[0]["url_citation"]["start_index"] == 4
    assert len(found) == 1
    assert citations_of((TextPart(text="abc"),), own=True) is None
