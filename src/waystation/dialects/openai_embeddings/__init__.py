"""OpenAI's embeddings. Sources: platform.openai.com/docs/api-reference/embeddings, the openai SDK 3.54 (2026-11)."""

from waystation.dialects.openai_embeddings.codec import CODEC

__all__ = ["CODEC"]
