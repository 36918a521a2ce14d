"""Gemini's embeddings. Sources: ai.google.dev/api/embeddings, googleapis' generative_service.proto, and the SDK
google-genai 3.4 (2026-11).
"""

from waystation.dialects.gemini_embed.codec import CODEC

__all__ = ["CODEC"]
