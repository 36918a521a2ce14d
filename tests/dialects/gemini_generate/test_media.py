"""Bytes and files, both ways."""

import json

import msgspec
import pytest

from waystation.dialects.gemini_generate.fields import Fields
from waystation.dialects.gemini_generate.media import data_of, file_of, inline_of
from waystation.wire.chat import AudioPart, FileId, FilePart, ImagePart, Inline, Link, Seal

SEAL = Seal("gemini.generate", "c2ln")
FILES = "https://generativelanguage.googleapis.com/v1beta/files/a"


def fields(part: object) -> Fields:
    return Fields(json.dumps(part).encode(), "part")


def text(raw: msgspec.Raw) -> object:
    return json.loads(bytes(raw))


@pytest.mark.parametrize(
    ("media_type", "part"),
    [
        ("image/png", ImagePart(source=Inline("image/png", "AA=="))),
        ("audio/wav", AudioPart(source=Inline("audio/wav", "AA=="))),
        ("application/pdf", FilePart(source=Inline("application/pdf", "AA=="))),
        (None, FilePart(source=Inline("application/octet-stream", "AA=="))),
    ],
)
def test_the_type_says_what_bytes_are(media_type: str | None, part: object) -> None:
    assert inline_of(fields({"inlineData": {"mimeType": media_type, "data": "AA=="}}), None) == part


def test_a_file_has_a_name_and_an_image_has_none() -> None:
    named = inline_of(fields({"inline_data": {"mime_type": "video/mp4", "data": "", "display_name": "a"}}), None)
    assert named == FilePart(source=Inline("video/mp4", ""), filename="a")
    image = inline_of(fields({"inlineData": {"mimeType": "image/png", "data": "", "displayName": "a"}}), None)
    assert {name: text(raw) for name, raw in image.extras.items()} == {"inlineData.displayName": "a"}


@pytest.mark.parametrize(
    ("uri", "source"),
    [
        ("gs://bucket/a.png", Link("gs://bucket/a.png", "image/png")),
        ("https://a/b.png", Link("https://a/b.png", "image/png")),
        (FILES, FileId("gemini.generate", FILES)),
        ("files/a", FileId("gemini.generate", "files/a")),
    ],
)
def test_a_file_is_an_address_or_one_of_geminis_own(uri: str, source: object) -> None:
    part = file_of(fields({"fileData": {"fileUri": uri, "mimeType": "image/png"}, "videoMetadata": {}}), SEAL)
    assert isinstance(part, ImagePart)
    assert part.source == source
    assert part.seal == SEAL
    assert "videoMetadata" in part.extras


def test_a_file_may_have_no_type() -> None:
    assert file_of(fields({"file_data": {"file_uri": "files/a"}}), None) == FilePart(
        source=FileId("gemini.generate", "files/a")
    )


@pytest.mark.parametrize(("seal", "kept"), [(SEAL, ["thoughtSignature"]), (Seal("anthropic.messages", "s"), [])])
def test_geminis_own_seal_of_a_file_is_kept(seal: Seal, kept: list[str]) -> None:
    assert list(inline_of(fields({"inlineData": {"mimeType": "audio/wav"}}), seal).extras) == kept


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        (ImagePart(source=Inline("image/png", "AA==")), {"inlineData": {"mimeType": "image/png", "data": "AA=="}}),
        (FilePart(source=Link("gs://a"), filename="n"), {"fileData": {"fileUri": "gs://a", "displayName": "n"}}),
        (AudioPart(source=FileId("gemini.generate", "files/a")), {"fileData": {"fileUri": "files/a"}}),
        (FilePart(source=FileId("openai.chat", "file-1")), None),
    ],
)
def test_they_are_written(part: ImagePart | FilePart | AudioPart, expected: object) -> None:
    assert data_of(part) == expected
