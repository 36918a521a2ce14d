"""What the house reads of a request: a few members, where they stand, and how much text there is."""

import re
from typing import Final

import msgspec

from waystation.dialects.asking import TOKENS_MAX, chars_in, read_count, read_flag, read_model, without_mark
from waystation.dialects.codec import Ask
from waystation.dialects.members import Span, spans_of
from waystation.dialects.weighing import weigh_members
from waystation.wire.errors import BadRequest
from waystation.wire.estimate import Weight

_PROMPT_NAMES: Final = ("instructions", "input", "tools", "text")
_INSTEAD: Final = ("prompt", "previous_response_id", "conversation")
_BOUND: Final = "max_output_tokens"
_NULL: Final = b"null"
_OPENERS: Final = b'"['
# Quotes that are not escaped stand in JSON's structure only, so no prompt can contain these by its wording.
_PART: Final = re.compile(rb'"(input_(?:image|file|audio)|computer_screenshot|image_generation_call)"')
_SOUND: Final = b"input_audio"  # comes twice in a part: as its type, and as the member that holds it
_INLINE: Final = re.compile(
    rb'"(?:(?:image_url|file_data)"[ \t\r\n]*:[ \t\r\n]*"data:|(?:file_data|data|result)"[ \t\r\n]*:[ \t\r\n]*")'
)
_INLINE_MAX: Final = 4_096  # those that are looked for in one request; the rest count as text

_Spans = dict[str, Span]


def decode_ask(body: bytes) -> Ask:
    """A member that is null counts as absent. Anything in the input is the vendor's to judge.

    Usage comes in every stream of this language. Raises: BadRequest.
    """
    return without_mark(body, _decode)


def _decode(body: bytes) -> Ask:
    spans = spans_of(body)
    _check_input(body, spans)
    bound = read_count(body, spans[_BOUND], _BOUND, TOKENS_MAX) if _BOUND in spans else 0
    return Ask(
        model=read_model(body, spans),
        stream="stream" in spans and read_flag(body, spans["stream"], "stream"),
        include_usage=True,
        choices=1,
        max_output_tokens=bound or None,
        weight=_weigh(body, spans),
        model_span=spans["model"],
        wished="provider" in spans or "models" in spans,
    )


def _check_input(body: bytes, spans: _Spans) -> None:
    start, end = spans.get("input", (0, 0))
    if body[start:end] not in (b"", _NULL):
        if body[start] not in _OPENERS:
            raise BadRequest("'input' must be a string or an array of items.", param="input")
    elif not any(name in spans and body[slice(*spans[name])] != _NULL for name in _INSTEAD):
        raise BadRequest("'input' must be given: a string or an array of items.", param="input")


def _weigh(body: bytes, spans: _Spans) -> Weight:
    chars = len(body) if body.isascii() else chars_in(body)
    size = sum(spans[name][1] - spans[name][0] for name in _PROMPT_NAMES if name in spans)
    media, inline_bytes = _media(body, spans.get("input", (0, 0)))
    return msgspec.structs.replace(weigh_members(body, chars, size - inline_bytes, (0, 0)), media=media)


def _media(body: bytes, span: Span) -> tuple[int, int]:
    """How many media parts there are in the input, and how many bytes of base64 stand inline."""
    found = _PART.findall(body, *span)
    if not found:
        return 0, 0
    return len(found) - found.count(_SOUND) // 2, _inline_bytes(body, *span)


def _inline_bytes(body: bytes, at: int, end: int) -> int:
    total = 0
    for _ in range(_INLINE_MAX):
        found = _INLINE.search(body, at, end)
        if found is None:
            break
        at = body.find(b'"', found.end(), end)
        total += at - found.end()
    return total
