"""What the house reads of a chat request: a few members, where they stand, and how much text there is."""

from typing import Final

from waystation.dialects.asking import TOKENS_MAX, chars_in, read_count, read_flag, read_model, without_mark
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
        include_usage, fixes = _usage_option(body, spans.get("stream_options"))
    return Ask(
        model=read_model(body, spans),
        stream=stream,
        include_usage=include_usage,
        choices=(read_count(body, spans["n"], "n", CHOICES_MAX) if "n" in spans else 0) or 1,
        max_output_tokens=_max_output_tokens(body, spans),
        weight=weigh_members(body, text_chars, _prompt_bytes(spans), _messages(body, spans)),
        model_span=spans["model"],
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


def _usage_option(body: bytes, span: Span | None) -> tuple[bool, tuple[Edit, ...]]:
    """Whether the caller asks for usage in its stream, and what makes its body do so if it does not."""
    if span is None:
        start = body.index(b"{") + 1
        return False, (Edit(start, start, b'"stream_options":{"include_usage":true},'),)
    start, end = span
    if body[start:end] == _NULL:
        return False, (Edit(start, end, b'{"include_usage":true}'),)
    if not body.startswith(b"{", start):
        raise BadRequest("'stream_options' must be an object.", param="stream_options")
    members = spans_of(body[start:end])
    if "include_usage" not in members:
        comma = b"," if members else b""
        return False, (Edit(start + 1, start + 1, b'"include_usage":true' + comma),)
    at, to = members["include_usage"]
    if read_flag(body, (start + at, start + to), "stream_options.include_usage"):
        return True, ()
    return False, (Edit(start + at, start + to, b"true"),)
