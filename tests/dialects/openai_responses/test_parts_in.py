"""The content of an item."""

import json
from typing import Any

import msgspec
import pytest

from waystation.dialects.openai_responses.parts_in import annotation_of, content_of
from waystation.dialects.table import Table
from waystation.wire.chat import (
    Annotation,
    AudioPart,
    FileId,
    FilePart,
    ForeignPart,
    ImagePart,
    Inline,
    Link,
    Part,
    RefusalPart,
    TextPart,
)
from waystation.wire.errors import BadAnswer, BadRequest

ONE = msgspec.Raw(b"1")


def read(content: object) -> tuple[Part, ...]:
    return content_of(Table(json.dumps({"content": content}, separators=(",", ":")).encode(), "input[0]"))


@pytest.mark.parametrize(
    ("part", "words"),
    [
        ({"type": "input_text", "text": "a", "x": 1}, TextPart(text="a", extras={"x": ONE})),
        ({"type": "output_text", "text": "a", "annotations": [], "logprobs": []}, TextPart(text="a")),
        ({"type": "text"}, TextPart(text="")),
        ({"type": "refusal", "refusal": "no"}, RefusalPart(text="no")),
        (
            {"type": "input_image", "image_url": "https://x/a.png", "detail": "low"},
            ImagePart(source=Link("https://x/a.png"), detail="low"),
        ),
        (
            {"type": "input_image", "image_url": {"url": "data:image/png;base64,QQ==", "detail": "high", "x": 1}},
            ImagePart(source=Inline("image/png", "QQ=="), detail="high", extras={"image_url.x": ONE}),
        ),
        ({"type": "input_image", "file_id": "f"}, ImagePart(source=FileId("openai.responses", "f"))),
        (
            {"type": "input_file", "filename": "a.csv", "file_data": "QQ=="},
            FilePart(source=Inline("text/csv", "QQ=="), filename="a.csv"),
        ),
        (
            {"type": "input_file", "file_data": "data:text/plain;base64,QQ=="},
            FilePart(source=Inline("text/plain", "QQ==")),
        ),
        ({"type": "input_file", "file_url": "https://x/a.pdf"}, FilePart(source=Link("https://x/a.pdf"))),
        ({"type": "input_file", "file_id": "f"}, FilePart(source=FileId("openai.responses", "f"))),
        (
            {"type": "input_audio", "input_audio": {"data": "QQ==", "format": "mp3"}},
            AudioPart(source=Inline("audio/mpeg", "QQ==")),
        ),
        ({"type": "input_audio", "input_audio": {"data": "QQ=="}}, AudioPart(source=Inline("audio/wav", "QQ=="))),
    ],
)
def test_each_kind_has_its_word(part: dict[str, Any], words: Part) -> None:
    assert read([part]) == (words,)


def test_a_text_alone_and_nothing() -> None:
    assert read("a") == (TextPart(text="a"),)
    assert read(None) == ()


def test_a_kind_that_we_do_not_know_is_kept_whole() -> None:
    raw = msgspec.Raw(b'{"type":"computer_screenshot","x":1}')
    part = ForeignPart(dialect="openai.responses", kind="computer_screenshot", raw=raw)
    assert read([{"type": "computer_screenshot", "x": 1}]) == (part,)


@pytest.mark.parametrize(
    ("part", "param"),
    [
        ({}, "type"),
        ({"type": "input_image"}, "image_url"),
        ({"type": "input_image", "image_url": "data:x"}, "image_url"),
        ({"type": "input_file"}, "file_data"),
        ({"type": "input_audio"}, "input_audio"),
        ({"type": "input_text", "text": 5}, "text"),
    ],
)
def test_what_is_wrong_is_named(part: dict[str, Any], param: str) -> None:
    with pytest.raises(BadRequest) as raised:
        read([part])
    assert raised.value.param == f"input[0].content[0].{param}"


def test_in_an_answer_it_is_the_vendors_fault() -> None:
    with pytest.raises(BadAnswer):
        content_of(Table(b'{"content":[{}]}', answer=True), answer=True)


def test_citations() -> None:
    raw = msgspec.Raw(b'{"type":"url_citation","url":"u","title":"t","start_index":1,"end_index":2}')
    assert annotation_of(raw) == Annotation(url="u", title="t", start=1, end=2, raw=raw)
    assert annotation_of(ONE) == Annotation(raw=ONE)
