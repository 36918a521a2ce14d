"""What the house reads of a chat request: a few members, where they stand, and how much text there is."""

from typing import Final

from waystation.dialects.asking import (
    TOKENS_MAX,
    chars_in,
    read_count,
    read_flag,
    read_model,
    usage_option,
    without_mark,
)
from waystation.dialects.codec import Ask, Edit
from waystation.dialects.members import Span, spans_of
from waystation.dialects.weighing import weigh_members
from waystation.wire.errors import BadRequest

CHOICES_MAX: Final = 128  # OpenAI's own bound on n
_BOUND_NAMES: Final = ("max_tokens", "max_completion_tokens")
_PROMPT_NAMES: Final = ("messages", "tools", "functions", "response_format")
_NULL: Final = b"null"
_BRACKET: Final = ord("[")
_BRACE: Final = ord("{")

_Spans = dict[str, Span]


def decode_request(body: bytes) -> Ask:
    """A member that is null counts as absent. Numbers may be written as 5.0, but not as "5".

    A byte order mark is accepted and not passed on. Anything in the messages is the vendor's to judge, down to half
    a surrogate pair. Raises: BadRequest.
    """
    return without_mark(body, _decode)


def _decode(body: bytes) -> Ask:
    spans = spans_of(body)
    text_chars = len(body) if body.isascii() else chars_in(body)
    stream = "stream" in spans and read_flag(body, spans["stream"], "stream")
    include_usage = False
    fixes: tuple[Edit, ...] = ()
    if stream or "stream_options" in spans:
        include_usage, fixes = usage_option(body, spans.get("stream_options"))
    return Ask(
        model=read_model(body, spans),
        stream=stream,
        include_usage=include_usage,
        choices=(read_count(body, spans["n"], "n", CHOICES_MAX) if "n" in spans else 0) or 1,
        max_output_tokens=_max_output_tokens(body, spans),
        weight=weigh_members(body, text_chars, _prompt_bytes(spans), _messages(body, spans)),
        model_span=spans["model"],
        wished="provider" in spans or "models" in spans,
        fixes=fixes if stream else (),
    )


def _messages(body: bytes, spans: _Spans) -> Span:
    span = spans.get("messages")
    if span is None or body[span[0]] != _BRACKET or body.find(_BRACE, *span) < 0:
        raise BadRequest("'messages' must be an array with at least one message.", param="messages")
    return span


def _prompt_bytes(spans: _Spans) -> int:
    size = 0
    for name in _PROMPT_NAMES:
        if name in spans:
            start, end = spans[name]
            size += end - start
    return size


def _max_output_tokens(body: bytes, spans: _Spans) -> int | None:
    """The larger one of both names: vendors differ in which they obey, and the ceiling must hold for any."""
    bound = 0
    for name in _BOUND_NAMES:
        if name in spans:
            bound = max(bound, read_count(body, spans[name], name, TOKENS_MAX))
    return bound or None
