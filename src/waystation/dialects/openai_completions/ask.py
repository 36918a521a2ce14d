"""What the house reads of a completions request: a few members, where they stand, and how much text there is."""

from typing import Final

import msgspec

from waystation.dialects.asking import (
    TOKENS_MAX,
    chars_in,
    read_count,
    read_flag,
    read_model,
    usage_option,
    without_mark,
)
from waystation.dialects.codec import Ask
from waystation.dialects.members import Span, spans_of
from waystation.dialects.weighing import weigh_members
from waystation.wire.errors import BadRequest

CHOICES_MAX: Final = 128  # OpenAI's own bound on n
_ANSWERS_MAX: Final = 2_048  # of all prompts together
_PROMPT_NAMES: Final = ("prompt", "suffix")
_NULL: Final = b"null"
_ROWS: Final = msgspec.json.Decoder(list[msgspec.Raw])
_ADVICE: Final = "'prompt' must be a string, an array of strings, or token ids."

_Spans = dict[str, Span]


def decode_request(body: bytes) -> Ask:
    """As in `openai_chat.ask`. Raises: BadRequest."""
    return without_mark(body, _decode)


def _decode(body: bytes) -> Ask:
    spans = spans_of(body)
    text_chars = len(body) if body.isascii() else chars_in(body)
    stream = "stream" in spans and read_flag(body, spans["stream"], "stream")
    include_usage, fixes = usage_option(body, spans.get("stream_options"))
    bound = read_count(body, spans["max_tokens"], "max_tokens", TOKENS_MAX) if "max_tokens" in spans else 0
    size = sum(spans[name][1] - spans[name][0] for name in _PROMPT_NAMES if name in spans)
    return Ask(
        model=read_model(body, spans),
        stream=stream,
        include_usage=include_usage,
        choices=_answers(body, spans),
        max_output_tokens=bound or None,
        weight=weigh_members(body, text_chars, size, spans["prompt"]),
        model_span=spans["model"],
        wished="provider" in spans or "models" in spans,
        fixes=fixes if stream else (),
    )


def _answers(body: bytes, spans: _Spans) -> int:
    """How many texts are written: `n` for each prompt, or `best_of`, of which only the best are shown."""
    each = max(
        (read_count(body, spans[name], name, CHOICES_MAX) for name in ("n", "best_of") if name in spans), default=1
    )
    answers = _prompts(body, spans.get("prompt")) * (each or 1)
    if answers > _ANSWERS_MAX:
        raise BadRequest(f"The prompts ask for {answers} answers; at most {_ANSWERS_MAX} may be.", param="prompt")
    return answers


def _prompts(body: bytes, span: Span | None) -> int:
    value = b"" if span is None else body[span[0] : span[1]]
    if value.startswith(b'"') or value == _NULL:
        return 1
    inner = value[1:].lstrip()
    if not value.startswith(b"[") or inner.startswith(b"]"):
        raise BadRequest(_ADVICE, param="prompt")
    return len(_ROWS.decode(value)) if inner.startswith((b'"', b"[")) else 1
