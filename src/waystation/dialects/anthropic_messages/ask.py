"""What the house reads of a request: a few members, where they stand, and how much text there is."""

from typing import Final

from waystation.dialects.asking import TOKENS_MAX, Spans, chars_in, read_count, read_flag, read_model, without_mark
from waystation.dialects.codec import Ask
from waystation.dialects.members import Span, spans_of
from waystation.dialects.weighing import weigh_members
from waystation.wire.errors import BadRequest

_PROMPT_NAMES: Final = ("system", "messages", "tools")
_BRACKET: Final = ord("[")
_BRACE: Final = ord("{")
_ZERO: Final = b"0"  # for max_tokens: the prompt is only to be cached


def decode_ask(body: bytes) -> Ask:
    """A byte order mark is accepted and not passed on. `max_tokens` may be missing: then the vendor judges, or tokens
    are only to be counted. Raises: BadRequest.
    """
    return without_mark(body, _decode)


def _decode(body: bytes) -> Ask:
    spans = spans_of(body)
    text_chars = len(body) if body.isascii() else chars_in(body)
    stream = "stream" in spans and read_flag(body, spans["stream"], "stream")
    size = sum(spans[name][1] - spans[name][0] for name in _PROMPT_NAMES if name in spans)
    return Ask(
        model=read_model(body, spans),
        stream=stream,
        include_usage=stream,
        choices=1,
        max_output_tokens=_bound(body, spans),
        weight=weigh_members(body, text_chars, size, _messages(body, spans), sources=True),
        model_span=spans["model"],
        wished="provider" in spans or "models" in spans or "fallbacks" in spans,
    )


def _messages(body: bytes, spans: Spans) -> Span:
    span = spans.get("messages")
    if span is None or body[span[0]] != _BRACKET or body.find(_BRACE, *span) < 0:
        raise BadRequest("'messages' must be an array with at least one message.", param="messages")
    return span


def _bound(body: bytes, spans: Spans) -> int | None:
    if "max_tokens" not in spans:
        return None
    start, end = spans["max_tokens"]
    if body[start:end] == _ZERO:
        return 0
    return read_count(body, (start, end), "max_tokens", TOKENS_MAX) or None
