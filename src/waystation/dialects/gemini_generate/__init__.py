"""Gemini's generateContent and streamGenerateContent. Sources: ai.google.dev/api/generate-content, the guides on
ai.google.dev/gemini-api/docs, and the SDK google-genai 3.4 (2026-11).
"""

from waystation.dialects.gemini_generate.ask import count_weight
from waystation.dialects.gemini_generate.codec import CODEC

__all__ = ["CODEC", "count_weight"]
