"""Which kinds of input a request brings besides text, by the names of its parts. Nothing is decoded."""

import re
from typing import Final

from waystation.wire.catalogue import Modality

# Quotes that are not escaped stand in JSON's structure only, so no prompt can contain these by its wording.
_PART: Final = re.compile(
    rb'"(image_url|input_image|computer_screenshot|input_audio|video_url|input_file)"'
    rb'|"type"[ \t\r\n]*:[ \t\r\n]*"(image|document|file)"'
    rb'|"mime_?[tT]ype"[ \t\r\n]*:[ \t\r\n]*"(image|audio|video|application|text)/'
)
_KINDS: Final[dict[bytes, Modality]] = {
    b"image_url": "image",
    b"input_image": "image",
    b"computer_screenshot": "image",
    b"input_audio": "audio",
    b"video_url": "video",
    b"input_file": "file",
    b"image": "image",
    b"document": "file",
    b"file": "file",
    b"audio": "audio",
    b"video": "video",
    b"application": "file",
    b"text": "file",
}


def inputs_in(body: bytes) -> frozenset[Modality]:
    """For a request of which it is known that it has media. What looks like a part in a tool's schema counts too."""
    return frozenset(_KINDS[found[found.lastindex or 0]] for found in _PART.finditer(body))
