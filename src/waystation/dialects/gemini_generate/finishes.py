"""Why an answer ended: Gemini's words for it, and ours. Source: FinishReason in google-genai 3.4 (2026-11)."""

from collections.abc import Mapping
from typing import Final

from waystation.wire.chat import FinishReason

_HEARD: Final[Mapping[str, FinishReason]] = {
    "STOP": "stop",
    "MAX_TOKENS": "length",
    "CONTINUATION": "length",
    "SAFETY": "content_filter",
    "RECITATION": "content_filter",
    "LANGUAGE": "content_filter",
    "BLOCKLIST": "content_filter",
    "PROHIBITED_CONTENT": "content_filter",
    "SPII": "content_filter",
    "MODEL_ARMOR": "content_filter",
    "ESCALATION": "content_filter",
    "IMAGE_SAFETY": "content_filter",
    "IMAGE_PROHIBITED_CONTENT": "content_filter",
    "IMAGE_RECITATION": "content_filter",
    "MALFORMED_FUNCTION_CALL": "malformed_call",
    "UNEXPECTED_TOOL_CALL": "malformed_call",
}
_SAID: Final[Mapping[FinishReason, str]] = {
    "stop": "STOP",
    "stop_sequence": "STOP",
    "length": "MAX_TOKENS",
    "context_length": "MAX_TOKENS",
    "tool_calls": "STOP",
    "content_filter": "SAFETY",
    "refusal": "SAFETY",
    "malformed_call": "MALFORMED_FUNCTION_CALL",
}


def is_end(word: str | None) -> bool:
    return word not in (None, "", "FINISH_REASON_UNSPECIFIED")


def reason_of(word: str | None, *, calls: bool) -> FinishReason:
    """`calls`: there are function calls, which Gemini ends with STOP."""
    if not is_end(word):
        return "tool_calls" if calls else "stop"
    reason = _HEARD.get(word or "", "other")
    return "tool_calls" if calls and reason == "stop" else reason


def word_of(reason: FinishReason) -> str:
    return _SAID.get(reason, "OTHER")
