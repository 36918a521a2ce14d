"""OpenAI's responses. Sources: platform.openai.com/docs/api-reference/responses and the openai SDK 3.x (2026-11)."""

from waystation.dialects.openai_responses.codec import CODEC

__all__ = ["CODEC"]
