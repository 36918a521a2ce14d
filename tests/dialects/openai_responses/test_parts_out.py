"""The content of an item as it is written to a vendor."""

import json
from typing import Any

import msgspec
import pytest

from waystation.dialects.losses import Losses
from waystation.dialects.openai_responses.parts_out import Wording, part_of
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
    Role,
    Seal,
    TextPart,
    ThinkingPart,
)
from waystation.wire.dialect import Dialect, Trait

RAW = msgspec.Raw(b'{"type":"x"}')
PNG = Inline("image/png", "QQ==")
PDF = Inline("application/pdf", "QQ==")
URL = "https://x/a"


def write(
    part: Part,
    role: Role = "user",
    source: Dialect = "anthropic.messages",
    traits: frozenset[Trait] = frozenset(),
) -> tuple[Any, list[tuple[str, bool]]]:
    wording = Wording(Losses(source, "openai.responses"), traits)
    written = part_of(part, "p", role, wording)
    told = [(loss.field, loss.grave) for loss in wording.losses.found()]
    return None if written is None else json.loads(msgspec.json.encode(written)), told


@pytest.mark.parametrize(
    ("part", "written"),
    [
        (TextPart(text="a"), {"type": "input_text", "text": "a"}),
        (
            ImagePart(source=PNG),
            {"type": "input_image", "image_url": "data:image/png;base64,QQ==", "detail": "auto"},
        ),
        (ImagePart(source=Link(URL), detail="low"), {"type": "input_image", "image_url": URL, "detail": "low"}),
        (
            FilePart(source=PDF),
            {"type": "input_file", "filename": "file", "file_data": "data:application/pdf;base64,QQ=="},
        ),
        (FilePart(source=Link(URL), filename="a"), {"type": "input_file", "file_url": URL}),
        (
            AudioPart(source=Inline("audio/mpeg", "QQ==")),
            {"type": "input_audio", "input_audio": {"data": "QQ==", "format": "mp3"}},
        ),
    ],
)
def test_each_word_has_its_kind(part: Part, written: dict[str, Any]) -> None:
    assert write(part) == (written, [])


def test_what_the_assistant_said() -> None:
    cited = TextPart(text="a", annotations=(Annotation(raw=RAW),))
    text = {"type": "output_text", "text": "a", "annotations": []}
    assert write(cited, "assistant") == (text, [("p.annotations", False)])
    assert write(cited, "assistant", "openai.responses") == ({**text, "annotations": [{"type": "x"}]}, [])
    assert write(RefusalPart(text="no"), "assistant") == ({"type": "refusal", "refusal": "no"}, [])


def test_uploads_are_openais_own() -> None:
    image, file = ImagePart(source=FileId("openai.chat", "f")), FilePart(source=FileId("openai.chat", "f"))
    assert write(image, source="openai.chat")[0] == {"type": "input_image", "file_id": "f", "detail": "auto"}
    assert write(file, source="openai.chat")[0] == {"type": "input_file", "file_id": "f"}
    assert write(image) == (None, [("p", True)])
    assert write(file) == (None, [("p", True)])


@pytest.mark.parametrize(
    ("part", "role"),
    [
        (FilePart(source=Inline("video/mp4", "QQ==")), "user"),
        (FilePart(source=Link(URL, "video/mp4")), "user"),
        (AudioPart(source=Link(URL)), "user"),
        (RefusalPart(text="no"), "user"),
        (ImagePart(source=PNG), "assistant"),
        (ImagePart(source=PNG), "system"),
        (ThinkingPart(text="h"), "user"),
        (ForeignPart(dialect="anthropic.messages", kind="x", raw=RAW), "user"),
    ],
)
def test_what_can_not_be_said_is_a_grave_loss(part: Part, role: Role) -> None:
    assert write(part, role) == (None, [("p", True)])


def test_its_own_parts_are_written_as_they_were() -> None:
    own = ForeignPart(dialect="openai.responses", kind="x", raw=RAW)
    assert write(own, source="openai.responses") == ({"type": "x"}, [])
    filed = FilePart(source=Link(URL), filename="a")
    assert write(filed, source="openai.responses")[0]["filename"] == "a"
    assert write(ThinkingPart(text="h"), source="openai.responses") == (None, [("p", True)])


def test_a_vendor_that_fetches_nothing() -> None:
    assert write(ImagePart(source=Link(URL)), traits=frozenset({"inline_images"})) == (None, [("p", True)])


def test_seals_marks_of_the_cache_and_unknown_members_are_lost() -> None:
    seal = Seal("gemini.generate", "s")
    extras = {"x": msgspec.Raw(b"1")}
    text = TextPart(text="a", seal=seal, cache="5m", extras=extras)
    assert write(text) == ({"type": "input_text", "text": "a"}, [("p.seal", False), ("p.cache", False), ("p.x", False)])
    assert write(ImagePart(source=PNG, seal=seal))[1] == [("p.seal", False)]
    assert write(TextPart(text="a", extras=extras), source="openai.responses")[0]["x"] == 1
