"""How much text a request or an answer holds, without reading it. The unit is `wire.estimate.Weight`."""

import re
from typing import Final

from waystation.dialects.members import Span
from waystation.wire.estimate import Weight

_BACKSLASH: Final = ord("\\")
_BRACKET: Final = ord("[")
_ESCAPE_BYTES: Final = len(b"\\u00e9")
_SAMPLE_BYTES: Final = 512
_SAMPLES: Final = 8
# Quotes that are not escaped stand in JSON's structure only, so no prompt can contain these by its wording.
_MEDIA_NAMES: Final = (b'"image_url"', b'"input_audio"', b'"video_url"', b'"file"')
_INLINE_MAX: Final = 4_096  # inline media that are looked for in one request; the rest count as text
_URL_NAME: Final = re.compile(rb'"(?:url|file_data)"[ \t\r\n]*:[ \t\r\n]*$')
_URL_NAME_BYTES: Final = 24
# Anthropic's sources of images and documents. In one of text, `data` is text.
_SOURCE_NAME: Final = b'"source"'
_SOURCE: Final = re.compile(
    rb"[ \t\r\n]*:[ \t\r\n]*\{[ \t\r\n]*"
    rb'(?:"(?:type|media_type)"[ \t\r\n]*:[ \t\r\n]*"[^"]{0,64}"[ \t\r\n]*,[ \t\r\n]*){0,2}'
    rb'(?:"(data)"[ \t\r\n]*:[ \t\r\n]*"|"(?:url|file_id)")'
)
_INLINE_KIND: Final = b'"base64"'
_SOURCE_REST_BYTES: Final = 128  # how far after its data a source may still say what it is
_AUDIO: Final = re.compile(
    rb'[ \t\r\n]*:[ \t\r\n]*\{[ \t\r\n]*(?:"format"[ \t\r\n]*:[ \t\r\n]*"[^"]{0,16}"[ \t\r\n]*,[ \t\r\n]*)?'
    rb'"data"[ \t\r\n]*:[ \t\r\n]*"'
)


def weight_of(size: int, chars: int, media: int = 0) -> Weight:
    """The weight of `chars` characters that take `size` bytes of UTF-8."""
    wide = (size - chars) // 2
    return Weight(max(0, chars - wide), wide, media)


def weigh_members(body: bytes, text_chars: int, size: int, messages: Span, *, sources: bool = False) -> Weight:
    r"""The weight of `size` bytes of JSON in `body`, in which media are looked for among the `messages`.

    `sources`: they are given as Anthropic's are.
    `text_chars` is the number of characters in all of `body`, so what is not ASCII counts wherever it stands. A
    \uXXXX escape is one wide character. Where counting is left out to save time, the outcome is larger, not smaller.
    """
    parts = 0
    start, end = messages
    if body.find(_BRACKET, start + 1, end) >= 0 and body.find(b'"type"', start, end) >= 0:  # parts come in arrays
        parts, inline_bytes = _sources(body, start, end) if sources else _media(body, start, end)
        size -= inline_bytes
    if len(body) == text_chars:
        escapes = _escapes(body) if _BACKSLASH in body else 0
        return Weight(max(0, size - escapes * _ESCAPE_BYTES), escapes, parts)
    return weight_of(size, size - (len(body) - text_chars), parts)


def _escapes(body: bytes) -> int:
    r"""How many \uXXXX there are, if samples show any: a serializer escapes everywhere or nowhere."""
    size = len(body)
    if size > _SAMPLES * _SAMPLE_BYTES and not any(
        body.find(b"\\u", at, at + _SAMPLE_BYTES) >= 0 for at in range(0, size, size // _SAMPLES)
    ):
        return 0
    return body.count(b"\\u")


def _media(body: bytes, start: int, end: int) -> tuple[int, int]:
    """How many media parts there are, and how many bytes of base64 stand inline."""
    # Each name comes twice in a part: as its type, and as the member that holds it.
    parts = sum((body.count(name, start, end) + 1) // 2 for name in _MEDIA_NAMES if body.find(name, start, end) >= 0)
    if not parts:
        return 0, 0
    return parts, _inline_urls(body, start, end) + _inline_audio(body, start, end)


def _inline_urls(body: bytes, at: int, end: int) -> int:
    total = 0
    for _ in range(_INLINE_MAX):
        at = body.find(b'"data:', at, end)
        if at < 0:
            break
        close = body.find(b'"', at + 1, end)
        if _URL_NAME.search(body[max(0, at - _URL_NAME_BYTES) : at]):
            total += close - at
        at = close
    return total


def _inline_audio(body: bytes, at: int, end: int) -> int:
    total = 0
    for _ in range(_INLINE_MAX):
        at = body.find(b'"input_audio"', at, end)
        if at < 0:
            break
        at += len(b'"input_audio"')
        if found := _AUDIO.match(body, at, end):
            at = body.find(b'"', found.end(), end)
            total += at - found.end()
    return total


def _sources(body: bytes, at: int, end: int) -> tuple[int, int]:
    """The same for Anthropic's media."""
    parts = inline_bytes = 0
    for _ in range(_INLINE_MAX):
        at = body.find(_SOURCE_NAME, at, end)
        if at < 0:
            break
        at += len(_SOURCE_NAME)
        found = _SOURCE.match(body, at, end)
        if found is None:
            continue
        if found[1] is None:
            parts += 1
            continue
        close = body.find(b'"', found.end(), end)
        head, rest = found[0], body[close : min(close + _SOURCE_REST_BYTES, end)].partition(b"}")[0]
        if _INLINE_KIND in head or _INLINE_KIND in rest:
            parts += 1
            inline_bytes += close - found.end()
            at = close
    return parts, inline_bytes
