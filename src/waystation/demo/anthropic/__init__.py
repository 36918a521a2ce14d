"""Anthropic's Messages.

Shapes by the types of its official SDK 2.12 (2026-11) and platform.claude.com/docs/en/api/messages (2026-11). The
double refuses what Anthropic refuses; its texts are those that users report (checks).
"""
