"""OpenAI's chat completions. Sources: platform.openai.com/docs/api-reference/chat and the openai SDK 2.x (2026-11)."""

from waystation.dialects.openai_chat.codec import CODEC

__all__ = ["CODEC"]
