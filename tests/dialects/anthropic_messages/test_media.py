"""Where bytes are, both ways."""

import base64
import json

import pytest

from waystation.dialects.anthropic_messages.media import document_source, image_source, source_of
from waystation.dialects.table import Table
from waystation.wire.chat import FileId, Inline, Link, Source
from waystation.wire.errors import BadRequest

PNG = Inline("image/png", "AAAA")
PDF = Inline("application/pdf", "BBBB")


@pytest.mark.parametrize(
    ("given", "source"),
    [
        ({"type": "base64", "media_type": "image/png", "data": "AAAA"}, PNG),
        ({"type": "url", "url": "https://x/a"}, Link("https://x/a", "usual")),
        ({"type": "file", "file_id": "file_1"}, FileId("anthropic.messages", "file_1")),
        (
            {"type": "text", "media_type": "text/plain", "data": "é"},
            Inline("text/plain", base64.b64encode("é".encode()).decode()),
        ),
        ({"type": "content", "content": []}, None),
    ],
)
def test_sources_are_read(given: object, source: Source | None) -> None:
    assert source_of(Table(json.dumps(given).encode()), "usual") == source


@pytest.mark.parametrize("given", ['{"type":"base64","data":""}', '{"type":"url"}', '{"type":"file","file_id":5}'])
def test_half_a_source_is_refused(given: str) -> None:
    with pytest.raises(BadRequest):
        source_of(Table(given.encode()))


@pytest.mark.parametrize(
    ("source", "written"),
    [
        (PNG, {"type": "base64", "media_type": "image/png", "data": "AAAA"}),
        (Link("https://x/a"), {"type": "url", "url": "https://x/a"}),
        (FileId("anthropic.messages", "file_1"), {"type": "file", "file_id": "file_1"}),
        (FileId("openai.responses", "file-1"), None),
        (Link("gs://x/a"), None),
        (Inline("image/tiff", "AAAA"), None),
    ],
)
def test_images_are_written(source: Source, written: object) -> None:
    assert image_source(source) == written


@pytest.mark.parametrize(
    ("source", "written"),
    [
        (PDF, {"type": "base64", "media_type": "application/pdf", "data": "BBBB"}),
        (Link("https://x/a.pdf", "application/pdf"), {"type": "url", "url": "https://x/a.pdf"}),
        (Link("https://x/a"), {"type": "url", "url": "https://x/a"}),
        (FileId("anthropic.messages", "file_1"), {"type": "file", "file_id": "file_1"}),
        (Inline("text/markdown", "aGk="), {"type": "text", "media_type": "text/plain", "data": "hi"}),
        (Inline("application/json", "e30="), {"type": "text", "media_type": "text/plain", "data": "{}"}),
        (Inline("text/plain", "/w=="), None),
        (Inline("text/plain", "not base64"), None),
        (Inline("video/mp4", "AAAA"), None),
        (Link("https://x/a.mp4", "video/mp4"), None),
    ],
)
def test_documents_are_written(source: Source, written: object) -> None:
    assert document_source(source) == written
