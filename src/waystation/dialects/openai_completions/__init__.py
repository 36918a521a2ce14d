"""OpenAI's completions, the text language before chat. Source: the openai SDK 3.x, types/completion*.py (2026-11)."""

from waystation.dialects.openai_completions.codec import CODEC

__all__ = ["CODEC"]
