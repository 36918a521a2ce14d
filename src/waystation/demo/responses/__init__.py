"""OpenAI's Responses.

Shapes by the types of its official SDK 3.54 (2026-11) and platform.openai.com/docs/api-reference/responses (2026-11).
Refusals have the texts that users report (checks).
"""
