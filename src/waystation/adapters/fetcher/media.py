"""What may come back from an address, by what its server says and else by its first bytes."""

import re
from typing import Final

ACCEPT: Final = b"image/*, application/pdf, text/plain, audio/*, video/*"

_TYPE: Final = re.compile(rb"[ \t]*([a-z]+/[a-z0-9.+-]{1,64})[ \t]*(?:;|$)", re.IGNORECASE)
_WANTED: Final = frozenset({"application/pdf", "text/plain"})
_WANTED_KINDS: Final = ("image/", "audio/", "video/")
_UNSAID: Final = frozenset({"application/octet-stream", "binary/octet-stream"})  # the second is S3's
_MISSPELT: Final = {"image/jpg": "image/jpeg", "audio/x-wav": "audio/wav", "audio/mp3": "audio/mpeg"}
_BEGINNINGS: Final = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"%PDF-", "application/pdf"),
    (b"ID3", "audio/mpeg"),
    (b"\xff\xfb", "audio/mpeg"),
    (b"fLaC", "audio/flac"),
    (b"OggS", "audio/ogg"),
    (b"\x1a\x45\xdf\xa3", "video/webm"),
)
_RIFF: Final = {b"WEBP": "image/webp", b"WAVE": "audio/wav"}
_BRANDS: Final = {b"heic": "image/heic", b"heix": "image/heic", b"avif": "image/avif", b"M4A ": "audio/mp4"}


def declared(content_type: bytes | None) -> str | None:
    """The type that a server says, without its parameters; None if it says nothing of worth."""
    found = None if content_type is None else _TYPE.match(content_type)
    if found is None:
        return None
    said = found[1].decode().lower()
    return None if said in _UNSAID else _MISSPELT.get(said, said)


def sniffed(data: bytes) -> str | None:
    """The type that the first bytes show."""
    for beginning, media_type in _BEGINNINGS:
        if data.startswith(beginning):
            return media_type
    if data.startswith(b"RIFF"):
        return _RIFF.get(data[8:12])
    if data[4:8] == b"ftyp":
        return _BRANDS.get(data[8:12], "video/mp4")
    return None


def is_wanted(media_type: str) -> bool:
    return media_type in _WANTED or media_type.startswith(_WANTED_KINDS)
