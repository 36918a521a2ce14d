"""A vendor's file on disk: what it is, and its lines. It may be larger than memory."""

import codecs
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Final, NamedTuple

from waystation.wire.errors import Misconfigured

_CHUNK: Final = 1 << 20
_MARKS: Final = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
_CHINESE: Final = "gb18030"  # holds GBK and GB2312


class Survey(NamedTuple):
    """`encoding` is UTF-8 if the whole file is that, UTF-16 if it says so, else GBK with all that it grew by."""

    sha256: str
    encoding: str


def survey(path: Path) -> Survey:
    """Raises: Misconfigured if it can't be read."""
    digest, decoder = sha256(), codecs.getincrementaldecoder("utf-8")()
    encoding: str | None = None
    is_utf8 = True
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                if encoding is None:
                    encoding = next((name for mark, name in _MARKS.items() if chunk.startswith(mark)), "")
                digest.update(chunk)
                is_utf8 = is_utf8 and _decodes(decoder, chunk)
    except OSError as error:
        raise Misconfigured(f"can't read {str(path)!r}: {error.strerror}") from error
    return Survey(digest.hexdigest(), encoding or ("utf-8" if is_utf8 else _CHINESE))


def text_lines(path: Path, encoding: str) -> Iterator[str]:
    """The file's lines with their ends, as the csv module wants them. Raises: Misconfigured."""
    try:
        with path.open(encoding=encoding, newline="") as file:
            yield from file
    except (OSError, LookupError) as error:
        raise Misconfigured(f"can't read {str(path)!r}: {error}") from error
    except UnicodeError as error:
        raise Misconfigured(f"{str(path)!r} is not {encoding} text: {error}") from error


def _decodes(decoder: codecs.IncrementalDecoder, chunk: bytes) -> bool:
    try:
        decoder.decode(chunk)
    except UnicodeDecodeError:
        return False
    return True
