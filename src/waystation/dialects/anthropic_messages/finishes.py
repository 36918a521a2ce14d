"""Why an answer ended. Source: platform.claude.com/docs/en/build-with-claude/handling-stop-reasons (2026-11)."""

from collections.abc import Mapping
from typing import Final

from waystation.wire.chat import FinishReason

_HEARD: Final[Mapping[str, FinishReason]] = {
    "end_turn": "stop",
    "max_tokens": "length",
    "stop_sequence": "stop_sequence",
    "tool_use": "tool_calls",
    "pause_turn": "pause",
    "refusal": "refusal",
    "model_context_window_exceeded": "context_length",
}
_SAID: Final[Mapping[FinishReason, str]] = {
    **{reason: word for word, reason in _HEARD.items()},
    "content_filter": "refusal",
}


def reason_of(word: str | None, *, calls: bool) -> FinishReason:
    """`calls`: there are tool calls, which other vendors of this language may end as though there were none."""
    reason = "stop" if word is None else _HEARD.get(word, "other")
    return "tool_calls" if calls and reason == "stop" else reason


def word_of(reason: FinishReason) -> str:
    return _SAID.get(reason, "end_turn")
