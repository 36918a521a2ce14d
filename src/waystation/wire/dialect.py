"""The names of the wire languages."""

from typing import Literal

Dialect = Literal[
    "openai.chat",
    "openai.responses",
    "openai.completions",
    "openai.embeddings",
    "anthropic.messages",
    "gemini.generate",
    "gemini.embed",
    "cohere.embed",
]
