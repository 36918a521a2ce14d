"""Citations, both ways."""

import json
from typing import Any

import msgspec
import pytest

from waystation.dialects.gemini_generate.annotations import NULL, annotations_of, metadata_of
from waystation.wire.chat import Annotation

PAGES = [{"web": {"uri": "https://a", "title": "A"}}, {"retrievedContext": {"uri": "https://b"}}, {"image": {}}]


def raw(value: object) -> msgspec.Raw:
    return msgspec.Raw(json.dumps(value).encode())


def support(start: int, end: int, *numbers: int) -> dict[str, Any]:
    return {"segment": {"startIndex": start, "endIndex": end, "text": "q"}, "groundingChunkIndices": list(numbers)}


def bare(found: tuple[Annotation, ...]) -> list[tuple[str | None, int | None, int | None]]:
    return [(one.url, one.start, one.end) for one in found]


def test_segments_are_counted_in_characters() -> None:
    grounding = raw({"groundingChunks": PAGES, "groundingSupports": [support(0, 3, 0), support(3, 6, 1, 7)]})
    found = annotations_of(grounding, NULL, "你好 ok")
    assert bare(found) == [("https://a", 0, 1), ("https://b", 1, 2)]
    assert (found[0].title, found[0].quote) == ("A", "q")
    assert json.loads(bytes(found[0].raw)) == support(0, 3, 0)


@pytest.mark.parametrize(
    ("text", "places"), [("hello", (1, 5)), (None, (None, None)), ("", (0, 0)), ("hell\u00f6 there", (1, 6))]
)
def test_segments_past_the_text_are_cut(text: str | None, places: object) -> None:
    grounding = raw({"groundingChunks": PAGES, "groundingSupports": [support(1, 7, 0)]})
    found = annotations_of(grounding, NULL, text)
    assert (found[0].start, found[0].end) == places


def test_sources_without_a_segment_are_told_too() -> None:
    assert bare(annotations_of(raw({"groundingChunks": PAGES}), NULL, "a")) == [
        ("https://a", None, None),
        ("https://b", None, None),
        (None, None, None),
    ]
    bodiless = {"groundingChunks": PAGES[:1], "groundingSupports": [{"groundingChunkIndices": [0]}]}
    assert bare(annotations_of(raw(bodiless), NULL, "a")) == [("https://a", 0, None)]


@pytest.mark.parametrize("name", ["citationSources", "citations"])
def test_citations_have_their_own_segments(name: str) -> None:
    citations = raw({name: [{"uri": "https://c", "startIndex": 1, "endIndex": 2, "license": "x"}]})
    assert bare(annotations_of(NULL, citations, "abc")) == [("https://c", 1, 2)]


def test_a_negative_place_is_none() -> None:
    assert bare(annotations_of(NULL, raw({"citations": [{"startIndex": -1, "endIndex": -1}]}), "abc")) == [
        (None, None, None)
    ]


@pytest.mark.parametrize("odd", [5, {"groundingChunks": 5}, {"groundingSupports": [5]}])
def test_what_can_not_be_read_says_nothing(odd: object) -> None:
    assert annotations_of(raw(odd), NULL, "a") == ()
    assert annotations_of(NULL, NULL, "a") == ()


def test_there_are_not_too_many() -> None:
    many = raw({"groundingChunks": PAGES, "groundingSupports": [support(0, 1, 0)] * 1000})
    assert len(annotations_of(many, NULL, "abc")) == 256


def test_they_are_written_once_for_each_source() -> None:
    cited = [
        (Annotation(url="https://a", title="A", start=1, end=2), "你好"),
        (Annotation(url="https://a", quote="q", start=5, end=9), "你好"),
        (Annotation(url="https://b"), "你好"),
        (Annotation(title="nowhere"), "你好"),
    ]
    assert metadata_of(cited) == {
        "groundingChunks": [{"web": {"uri": "https://a"}}, {"web": {"uri": "https://b"}}],
        "groundingSupports": [
            {"segment": {"startIndex": 3, "endIndex": 6, "text": "好"}, "groundingChunkIndices": [0]},
            {"segment": {"text": "q"}, "groundingChunkIndices": [0]},
        ],
    }


@pytest.mark.parametrize(
    ("cited", "expected"),
    [
        ([], None),
        ([(Annotation(title="a"), "")], None),
        ([(Annotation(url="u"), "")], {"groundingChunks": [{"web": {"uri": "u"}}]}),
    ],
)
def test_little_is_written_of_little(cited: list[tuple[Annotation, str]], expected: object) -> None:
    assert metadata_of(cited) == expected
