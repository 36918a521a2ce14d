"""The content of a message, as a vendor gets it."""

import json
from typing import Any

import msgspec
import pytest

from tests.dialects.openai_chat.test_parts_in import PARTS
from waystation.dialects.losses import Losses
from waystation.dialects.openai_chat.parts_out import Wording, content_of, part_of
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
    Seal,
    TextPart,
    ThinkingPart,
)
from waystation.wire.dialect import Dialect, Trait
from waystation.wire.loss import Loss

SEAL = Seal("gemini.generate", "s")


def wording(source: Dialect = "openai.chat", *traits: Trait) -> Wording:
    return Wording(Losses(source, "openai.chat"), frozenset(traits))


def said(content: object) -> Any:
    return json.loads(msgspec.json.encode(content))


def write(part: Part, source: Dialect = "anthropic.messages", *traits: Trait) -> tuple[Any, tuple[Loss, ...]]:
    words = wording(source, *traits)
    return said(part_of(part, "p", words)), words.losses.found()


@pytest.mark.parametrize("part", [part for _, part in PARTS if not isinstance(part, ThinkingPart)])
def test_a_part_of_this_language_is_read_again_as_it_was(part: Part) -> None:
    from tests.dialects.openai_chat.test_parts_in import read

    written, losses = write(part, "openai.chat")
    (again,) = read([written])
    if isinstance(part, FilePart) and isinstance(part.source, Inline) and part.filename is None:
        again = msgspec.structs.replace(again, filename=None)
    assert (again, losses) == (part, ())


@pytest.mark.parametrize(
    ("parts", "source", "content"),
    [
        ((), "openai.chat", None),
        ((TextPart(text="a"),), "openai.chat", "a"),
        ((TextPart(text="a"), TextPart(text="b")), "anthropic.messages", "a\n\nb"),
        (
            (TextPart(text="a"), TextPart(text="b")),
            "openai.chat",
            [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}],
        ),
        (
            (TextPart(text="a", extras={"x": msgspec.Raw(b"1")}),),
            "openai.chat",
            [{"type": "text", "text": "a", "x": 1}],
        ),
        (
            (TextPart(text="a"), ImagePart(source=Link("https://x"))),
            "anthropic.messages",
            [{"type": "text", "text": "a"}, {"type": "image_url", "image_url": {"url": "https://x"}}],
        ),
        (
            (ForeignPart(dialect="openai.chat", kind="x", raw=msgspec.Raw(b'{"type":"x"}')),),
            "openai.chat",
            [{"type": "x"}],
        ),
    ],
)
def test_content_is_a_string_where_it_can_be(parts: tuple[Part, ...], source: Dialect, content: object) -> None:
    assert said(content_of([("p", part) for part in parts], wording(source))) == content


@pytest.mark.parametrize(
    ("part", "written"),
    [
        (
            AudioPart(source=Inline("audio/mpeg", "AAAA")),
            {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "mp3"}},
        ),
        (
            FilePart(source=Inline("application/pdf", "AAAA")),
            {"type": "file", "file": {"filename": "file", "file_data": "data:application/pdf;base64,AAAA"}},
        ),
        (
            FilePart(source=Link("https://x", "video/mp4")),
            {"type": "video_url", "video_url": {"url": "https://x"}},
        ),
    ],
)
def test_media_of_others_are_said_in_this_language(part: Part, written: object) -> None:
    assert write(part) == (written, ())


def test_files_of_openai_are_known_to_both_of_its_languages() -> None:
    part = FilePart(source=FileId("openai.responses", "file-1"))
    assert write(part, "openai.responses") == ({"type": "file", "file": {"file_id": "file-1"}}, ())


@pytest.mark.parametrize(
    "part",
    [
        ImagePart(source=FileId("anthropic.messages", "file_1")),
        FilePart(source=FileId("anthropic.messages", "file_1")),
        FilePart(source=Link("https://x/a.pdf", "application/pdf")),
        AudioPart(source=Link("https://x")),
        AudioPart(source=FileId("gemini.generate", "f")),
        ForeignPart(dialect="anthropic.messages", kind="server_tool_use", raw=msgspec.Raw(b"{}")),
        ThinkingPart(text="hm"),
    ],
)
def test_what_cannot_be_said_is_a_grave_loss(part: Part) -> None:
    written, losses = write(part)
    assert written is None
    assert [(loss.field, loss.grave) for loss in losses] == [("p", True)]


def test_an_address_is_a_grave_loss_where_nothing_is_fetched() -> None:
    part = ImagePart(source=Link("https://x"))
    written, losses = write(part, "openai.chat", "inline_images")
    assert (written, losses[0].grave) == (None, True)
    inline = ImagePart(source=Inline("image/png", "AAAA"))
    assert write(inline, "openai.chat", "inline_images")[1] == ()


@pytest.mark.parametrize(
    ("part", "field"),
    [
        (TextPart(text="a", seal=SEAL), "p.seal"),
        (ImagePart(source=Link("https://x"), seal=SEAL), "p.seal"),
        (TextPart(text="a", annotations=(Annotation(url="u"),)), "p.annotations"),
        (TextPart(text="a", cache="5m"), "p.cache"),
        (TextPart(text="a", extras={"x": msgspec.Raw(b"1")}), "p.x"),
    ],
)
def test_what_stands_beside_a_part_is_a_small_loss(part: Part, field: str) -> None:
    written, losses = write(part)
    assert written is not None
    assert [(loss.field, loss.grave) for loss in losses] == [(field, False)]
