"""Why an answer ended: vendors' words for it, and OpenAI's.

Beyond OpenAI's five: "sensitive", "network_error" and "model_context_window_exceeded" (Zhipu), "sensitive" (Tencent),
"insufficient_system_resource" (DeepSeek), "model_length" and "error" (Mistral), "eos", "eos_token" and "end_turn"
(servers that pass on their engine's own), "abort" (vLLM, SGLang); the vendors' own pages and sources, 2026-11.
"""

from collections.abc import Mapping
from typing import Final

from waystation.wire.chat import FinishReason

_HEARD: Final[Mapping[str, FinishReason]] = {
    "stop": "stop",
    "eos": "stop",
    "eos_token": "stop",
    "end_turn": "stop",
    "normal": "stop",
    "stop_sequence": "stop_sequence",
    "length": "length",
    "max_tokens": "length",
    "max_length": "length",
    "model_length": "context_length",
    "model_context_window_exceeded": "context_length",
    "tool_calls": "tool_calls",
    "tool_use": "tool_calls",
    "function_call": "tool_calls",
    "content_filter": "content_filter",
    "sensitive": "content_filter",
    "refusal": "refusal",
}
_SAID: Final[Mapping[FinishReason, str]] = {
    "length": "length",
    "context_length": "length",
    "tool_calls": "tool_calls",
    "content_filter": "content_filter",
    "refusal": "content_filter",
}


def goes_on(word: str | None) -> bool:
    """Tencent says "" and DashScope "null" of a choice that has not ended."""
    return word is None or word in ("", "null")


def reason_of(word: str | None, *, calls: bool) -> FinishReason:
    """`calls`: there are tool calls, which some servers end with "stop". Spark has no word for the end at all."""
    reason = "stop" if word is None or goes_on(word) else _HEARD.get(word, "other")
    return "tool_calls" if calls and reason == "stop" else reason


def word_of(reason: FinishReason, *, old: bool = False) -> str:
    """`old`: the caller gave functions, not tools."""
    word = _SAID.get(reason, "stop")
    return "function_call" if old and word == "tool_calls" else word
