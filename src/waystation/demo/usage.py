"""What a call used, by the double's own rule."""

from dataclasses import dataclass
from typing import Final

import msgspec

from waystation.demo.ask import ChatAsk
from waystation.demo.tokens import count

_TOKENS_PER_MESSAGE: Final = 3  # for the role and the border
_TOKENS_PER_IMAGE: Final = 85  # any part that is not text


@dataclass(frozen=True, slots=True)
class Usage:
    """Prompt tokens include the cached ones, completion tokens the reasoning ones, as OpenAI counts."""

    prompt_tokens: int
    completion_tokens: int
    cached_tokens: int = 0
    reasoning_tokens: int = 0

    def as_wire(self) -> dict[str, object]:
        return {
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": self.completion_tokens,
            "total_tokens": self.prompt_tokens + self.completion_tokens,
            "prompt_tokens_details": {"cached_tokens": self.cached_tokens, "audio_tokens": 0},
            "completion_tokens_details": {
                "reasoning_tokens": self.reasoning_tokens,
                "audio_tokens": 0,
                "accepted_prediction_tokens": 0,
                "rejected_prediction_tokens": 0,
            },
        }


def prompt_tokens(ask: ChatAsk) -> int:
    """Three for each message, its words, 85 for each part that is not text, and the words of the tools' JSON."""
    total = count(msgspec.json.encode(ask.tools).decode()) if ask.tools else 0
    for message in ask.messages or ():
        total += _TOKENS_PER_MESSAGE + count(message.text())
        if isinstance(message.content, list):
            total += sum(_TOKENS_PER_IMAGE for part in message.content if part.type != "text")
        for call in message.tool_calls or ():
            total += count(call.function.arguments) if call.function else 0
    return total


def cached_tokens(ask: ChatAsk, prompt: int) -> int:
    """A model with `cache` in its name has read half of every prompt before."""
    return prompt // 2 if "cache" in ask.model else 0
