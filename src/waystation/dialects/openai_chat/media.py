"""Where the bytes of images, files and sounds are: addresses, data: addresses (RFC 2397), and formats."""

from typing import Final

from waystation.dialects.table import Table
from waystation.wire.chat import Inline, Link

_TYPES_BY_ENDING: Final = {
    "avi": "video/x-msvideo",
    "csv": "text/csv",
    "html": "text/html",
    "json": "application/json",
    "md": "text/markdown",
    "mkv": "video/x-matroska",
    "mov": "video/quicktime",
    "pdf": "application/pdf",
    "txt": "text/plain",
    "webm": "video/webm",
}
# What OpenAI calls a sound, and the types that servers and browsers give it.
_FORMATS: Final = {
    "audio/mp3": "mp3",
    "audio/mpeg": "mp3",
    "audio/wav": "wav",
    "audio/wave": "wav",
    "audio/x-wav": "wav",
}
_BASE64: Final = ";base64"


def source_of(table: Table, name: str, url: str, usual: str) -> Inline | Link:
    """What an address leads to; `usual` is the type of bytes that do not say theirs. Raises: as `Table` does."""
    if not url.startswith("data:"):
        return Link(url)
    head, comma, data = url[len("data:") :].partition(",")
    if not comma or not head.endswith(_BASE64):
        table.wrong(name, "an address, or a data: address in base64")
    return Inline(head.partition(";")[0] or usual, data)


def url_of(source: Inline | Link) -> str:
    return source.url if isinstance(source, Link) else f"data:{source.media_type};base64,{source.data}"


def type_of_name(name: str, usual: str) -> str:
    """The media type that a file's name stands for."""
    return _TYPES_BY_ENDING.get(name.rpartition(".")[2].lower(), usual)


def type_of_format(name: str) -> str:
    return "audio/mpeg" if name == "mp3" else f"audio/{name}"


def format_of_type(media_type: str) -> str:
    return _FORMATS.get(media_type) or media_type.rpartition("/")[2]


def is_on_the_web(link: Link) -> bool:
    """gs:// and the like are only for the vendor whose storage they name."""
    return link.url.startswith(("http://", "https://", "data:"))
