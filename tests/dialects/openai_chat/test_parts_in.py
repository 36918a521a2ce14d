"""The content of a message, part by part."""

import json
from typing import Any

import msgspec
import pytest

from waystation.dialects.openai_chat.parts_in import content_of
from waystation.dialects.table import Table
from waystation.wire.chat import (
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
    ThinkingPart,
)
from waystation.wire.errors import BadAnswer, BadRequest

PNG = "data:image/png;base64,AAAA"


def read(content: object, *, answer: bool = False) -> tuple[Part, ...]:
    return content_of(Table(json.dumps({"content": content}).encode(), "messages[0]", answer=answer), answer=answer)


@pytest.mark.parametrize(
    ("content", "parts"),
    [
        (None, ()),
        ([], ()),
        ("", (TextPart(text=""),)),
        ("hi", (TextPart(text="hi"),)),
        ([{"type": "text", "text": "a"}, {"type": "text", "text": "b"}], (TextPart(text="a"), TextPart(text="b"))),
    ],
)
def test_content_is_a_text_or_parts(content: object, parts: tuple[Part, ...]) -> None:
    assert read(content) == parts


RAW = msgspec.Raw(b"1")
PARTS: list[tuple[dict[str, Any], Part]] = [
    ({"type": "text", "text": "a", "x": 1}, TextPart(text="a", extras={"x": RAW})),
    ({"type": "text", "text": "a", "cache_control": {"type": "ephemeral"}}, TextPart(text="a", cache="5m")),
    (
        {"type": "text", "text": "a", "cache_control": {"type": "ephemeral", "ttl": "1h", "x": 1}},
        TextPart(text="a", cache="1h", extras={"cache_control.x": RAW}),
    ),
    (
        {"type": "image_url", "image_url": {"url": PNG, "detail": "low", "x": 1}},
        ImagePart(source=Inline("image/png", "AAAA"), detail="low", extras={"image_url.x": RAW}),
    ),
    ({"type": "image_url", "image_url": "https://x"}, ImagePart(source=Link("https://x"))),
    (
        {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "mp3"}},
        AudioPart(source=Inline("audio/mpeg", "AAAA")),
    ),
    (
        {"type": "input_audio", "input_audio": {"data": "https://x", "format": "wav"}},
        AudioPart(source=Link("https://x", "audio/wav")),
    ),
    (
        {"type": "input_audio", "input_audio": {"data": "data:audio/ogg;base64,AAAA"}},
        AudioPart(source=Inline("audio/ogg", "AAAA")),
    ),
    ({"type": "audio_url", "audio_url": {"url": "https://x"}}, AudioPart(source=Link("https://x"))),
    (
        {"type": "video_url", "video_url": {"url": "https://x/y.webm?z"}},
        FilePart(source=Link("https://x/y.webm?z", "video/webm")),
    ),
    (
        {"type": "video_url", "video_url": "data:video/mp4;base64,AAAA"},
        FilePart(source=Inline("video/mp4", "AAAA")),
    ),
    (
        {"type": "file", "file": {"file_id": "file-1", "x": 1}},
        FilePart(source=FileId("openai.chat", "file-1"), extras={"file.x": RAW}),
    ),
    (
        {"type": "file", "file": {"file_data": "AAAA", "filename": "a.txt"}},
        FilePart(source=Inline("text/plain", "AAAA"), filename="a.txt"),
    ),
    (
        {"type": "file", "file": {"file_data": "data:application/pdf;base64,AAAA"}},
        FilePart(source=Inline("application/pdf", "AAAA")),
    ),
    (
        {"type": "file", "file": {"file_data": "https://x/a.pdf"}},
        FilePart(source=Link("https://x/a.pdf", "application/pdf")),
    ),
    ({"type": "refusal", "refusal": "no"}, RefusalPart(text="no")),
    ({"type": "thinking", "thinking": "hm"}, ThinkingPart(text="hm")),
    ({"type": "thinking"}, ThinkingPart()),
    (
        {"type": "thinking", "thinking": [{"type": "text", "text": "h"}, {"text": "m"}, {"type": "reference"}]},
        ThinkingPart(text="hm"),
    ),
]


@pytest.mark.parametrize(("part", "word"), PARTS)
def test_every_kind_of_part_is_read(part: dict[str, Any], word: Part) -> None:
    assert read([part]) == (word,)


def test_a_part_of_an_unknown_kind_is_kept_as_it_is() -> None:
    part = {"type": "video", "video": ["https://x"]}
    assert read([part]) == (
        ForeignPart(dialect="openai.chat", kind="video", raw=msgspec.Raw(json.dumps(part).encode())),
    )


@pytest.mark.parametrize(
    ("content", "param"),
    [
        (5, "messages[0].content"),
        (["a"], "messages[0].content[0]"),
        ([{"text": "a"}], "messages[0].content[0].type"),
        ([{"type": "text"}], "messages[0].content[0].text"),
        ([{"type": "text", "text": 5}], "messages[0].content[0].text"),
        ([{"type": "image_url"}], "messages[0].content[0].image_url"),
        ([{"type": "image_url", "image_url": {}}], "messages[0].content[0].image_url.url"),
        ([{"type": "file", "file": {}}], "messages[0].content[0].file.file_data"),
        (
            [{"type": "text", "text": "a", "cache_control": {"ttl": "2h"}}],
            "messages[0].content[0].cache_control.ttl",
        ),
    ],
)
def test_a_broken_part_is_the_callers_mistake_or_the_vendors(content: object, param: str) -> None:
    with pytest.raises(BadRequest) as caught:
        read(content)
    assert caught.value.param == param
    with pytest.raises(BadAnswer):
        read(content, answer=True)
