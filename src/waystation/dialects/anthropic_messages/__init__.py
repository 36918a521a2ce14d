"""Anthropic's Messages. Sources: platform.claude.com/docs/en/api/messages and the anthropic SDK 2.12 (2026-11)."""

from waystation.dialects.anthropic_messages.codec import CODEC

__all__ = ["CODEC"]
