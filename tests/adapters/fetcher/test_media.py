import pytest

from waystation.adapters.fetcher.media import declared, is_wanted, sniffed


@pytest.mark.parametrize(
    ("header", "media_type"),
    [
        (b"image/png", "image/png"),
        (b" Image/PNG ; charset=x", "image/png"),
        (b"image/jpg", "image/jpeg"),
        (b"image/svg+xml", "image/svg+xml"),
        (b"text/plain;charset=utf-8", "text/plain"),
        (b"text/html", "text/html"),
        (b"application/octet-stream", None),
        (b"binary/octet-stream; x", None),
        (b"png", None),
        (b"image/png, text/html", None),
        (b"", None),
        (b"image/" + b"x" * 65, None),
        (None, None),
    ],
)
def test_a_servers_word_is_read(header: bytes | None, media_type: str | None) -> None:
    assert declared(header) == media_type


@pytest.mark.parametrize(
    ("data", "media_type"),
    [
        (b"\x89PNG\r\n\x1a\n....", "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"GIF89a", "image/gif"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp"),
        (b"RIFF\x00\x00\x00\x00WAVEfmt ", "audio/wav"),
        (b"RIFF\x00\x00\x00\x00AVI ", None),
        (b"%PDF-1.7", "application/pdf"),
        (b"ID3\x04", "audio/mpeg"),
        (b"OggS", "audio/ogg"),
        (b"\x00\x00\x00\x18ftypheic", "image/heic"),
        (b"\x00\x00\x00\x18ftypM4A ", "audio/mp4"),
        (b"\x00\x00\x00\x18ftypisom", "video/mp4"),
        (b"<html>", None),
        (b"PK\x03\x04", None),
        (b"", None),
    ],
)
def test_the_first_bytes_show_the_type(data: bytes, media_type: str | None) -> None:
    assert sniffed(data) == media_type


@pytest.mark.parametrize(
    ("media_type", "wanted"),
    [
        ("image/png", True),
        ("audio/wav", True),
        ("video/mp4", True),
        ("application/pdf", True),
        ("text/plain", True),
        ("text/html", False),
        ("application/json", False),
        ("imagesque/png", False),
    ],
)
def test_models_read_media_documents_and_plain_text(media_type: str, wanted: bool) -> None:
    assert is_wanted(media_type) is wanted
