"""Google's Gemini API: generating, counting tokens, embeddings.

Shapes by the types of its official SDK 3.4 (2026-11), ai.google.dev/api/generate-content and
ai.google.dev/gemini-api/docs/thought-signatures (2026-11). Refusals have the texts that users report (checks).
"""
