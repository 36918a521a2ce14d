"""Cohere's embeddings. Sources: docs.cohere.com/reference/embed (v2) and the cohere SDK 7.3 (2026-11)."""

from waystation.dialects.cohere_embed.codec import CODEC

__all__ = ["CODEC"]
