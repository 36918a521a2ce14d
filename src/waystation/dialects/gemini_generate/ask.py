"""What the house reads of a request: a few members of its configuration, and how much text there is."""

import re
from typing import Final

import msgspec

from waystation.dialects.asking import TOKENS_MAX, chars_in, check_model
from waystation.dialects.codec import Ask, Place
from waystation.dialects.gemini_generate.fields import Fields, names_of
from waystation.dialects.members import spans_of
from waystation.dialects.weighing import weigh_members
from waystation.wire.errors import BadRequest
from waystation.wire.estimate import Weight

CHOICES_MAX: Final = 8  # Gemini's own bound on candidateCount
BOM: Final = b"\xef\xbb\xbf"
_LARGE_BYTES: Final = 64 * 1024
_BRACES: Final = (ord("["), ord("{"))
_PROMPT_NAMES: Final = tuple(
    name for camel in ("contents", "systemInstruction", "tools", "generationConfig") for name in names_of(camel)
)
_COUNTED: Final = ("contents", *names_of("generateContentRequest"))
# Quotes that are not escaped stand in JSON's structure only, so no prompt can contain these by its wording.
_INLINE: Final = re.compile(rb'"inline(?:Data|_data)"[ \t\r\n]*:[ \t\r\n]*\{[^{}]{0,1024}?"data"[ \t\r\n]*:[ \t\r\n]*"')
_FILE: Final = re.compile(rb'"file(?:Data|_data)"[ \t\r\n]*:')
_INLINE_MAX: Final = 4_096  # those that are looked for in one request; the rest count as text


class _Large(msgspec.Struct):
    """The members that may be large, in both spellings."""

    contents: msgspec.Raw = msgspec.Raw()
    tools: msgspec.Raw = msgspec.Raw()
    system: msgspec.Raw = msgspec.field(default=msgspec.Raw(), name="systemInstruction")
    system_old: msgspec.Raw = msgspec.field(default=msgspec.Raw(), name="system_instruction")
    request: msgspec.Raw = msgspec.field(default=msgspec.Raw(), name="generateContentRequest")
    request_old: msgspec.Raw = msgspec.field(default=msgspec.Raw(), name="generate_content_request")


_LARGE: Final = msgspec.json.Decoder(_Large)


def decode_ask(body: bytes, place: Place) -> Ask:
    """Usage comes in every stream of this language. Raises: BadRequest."""
    body = body.removeprefix(BOM)
    small = _reduced(body)
    spans = spans_of(small)
    span = spans.get("contents")
    if span is None or not (_is_given(small, *span) or len(small) < len(body)):
        raise BadRequest("'contents' must be an array with at least one content.", param="contents")
    size = len(body) - len(small) + sum(spans[name][1] - spans[name][0] for name in _PROMPT_NAMES if name in spans)
    config = _config(small, spans)
    choices = _count(config, "candidateCount", CHOICES_MAX)
    return Ask(
        model=check_model(place.model or ""),
        stream=place.stream,
        include_usage=True,
        choices=choices or 1,
        max_output_tokens=_count(config, "maxOutputTokens", TOKENS_MAX),
        weight=_weigh(body, size),
        model_span=(0, 0),
        array=place.array,
    )


def count_weight(body: bytes) -> Weight:
    """The text in a request for a count of tokens, which holds contents or a whole request. Raises: BadRequest."""
    body = body.removeprefix(BOM)
    spans = spans_of(_reduced(body))
    if not any(name in spans for name in _COUNTED):
        raise BadRequest("'contents' must be given, or 'generateContentRequest'.", param="contents")
    return _weigh(body, len(body))


def _is_given(body: bytes, start: int, end: int) -> bool:
    return body[start] in _BRACES and body.find(b"{", start, end) >= 0


def _reduced(body: bytes) -> bytes:
    """The body with its large members, each of which is valid JSON, cut to a 0: only the others are looked at."""
    if len(body) <= _LARGE_BYTES:
        return body
    try:
        large = _LARGE.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return body
    for raw in msgspec.structs.astuple(large):
        if len(raw) > _LARGE_BYTES:
            body = body.replace(bytes(raw), b"0", 1)
    return body


def _config(body: bytes, spans: dict[str, tuple[int, int]]) -> Fields | None:
    given = [name for name in names_of("generationConfig") if name in spans]
    if len(given) > 1:
        raise BadRequest("'generationConfig' must be given once.", param="generationConfig")
    if not given:
        return None
    start, end = spans[given[0]]
    if body[start:end] == b"null":
        return None
    if body[start] == ord("{"):
        spans_of(body[start:end])  # nothing in it is given twice
    return Fields(body[start:end], "generationConfig")


def _count(config: Fields | None, name: str, most: int) -> int | None:
    count = None if config is None else config.whole(name)
    if config is not None and count is not None and not 1 <= count <= most:
        config.wrong(name, f"a whole number from 1 to {most}")
    return count


def _weigh(body: bytes, size: int) -> Weight:
    chars = len(body) if body.isascii() else chars_in(body)
    inline, inline_bytes = _inline(body)
    media = inline + len(_FILE.findall(body))
    weight = weigh_members(body, chars, max(0, size - inline_bytes), (0, 0))
    return msgspec.structs.replace(weight, media=media)


def _inline(body: bytes) -> tuple[int, int]:
    """How many media stand inline, and how many bytes of base64 they take."""
    total = count = at = 0
    while count < _INLINE_MAX and (found := _INLINE.search(body, at)):
        at = body.find(b'"', found.end())
        total += at - found.end()
        count += 1
    return count, total
