"""OpenAI's responses. Sources: platform.openai.com/docs/api-reference/responses and the openai SDK 3.x (2026-11)."""
