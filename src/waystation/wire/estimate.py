"""Tokens from the weight of a text, for calls whose usage is not known yet, or was never heard.

Measured with the vocabularies o200k and cl100k, in tokens per character (2026-11): English prose 0.20 to 0.25, Python
0.20, C 0.26, dense JSON 0.47, hexadecimal 0.57, base64 0.72, random ASCII 0.76; Chinese and Japanese prose 0.67 (cl100k
0.97), Korean 0.53 (0.87), Thai 0.41 (0.87), rare Chinese characters 1.9 (2.4).
"""

from typing import Final

import msgspec

_ASCII_PERCENT: Final = 25
_WIDE_PERCENT: Final = 67
_ASCII_CEILING_PERCENT: Final = 50
_WIDE_CEILING_PERCENT: Final = 100
_MEDIA_TOKENS: Final = 1_000  # an image of 1024 by 1024: 765 with gpt-4o, about 1,400 with Claude
_MEDIA_CEILING: Final = 4_096  # the largest images of Claude and of the patch-counting OpenAI models come near it
_MEDIA_MOST: Final = 65_536  # gpt-4o-mini bills its largest image at 48,169 tokens
_TEMPLATE_CEILING: Final = 64  # role marks around the messages of a short call
_TEMPLATE_MOST: Final = 32_768  # system prompts and search results that a vendor adds of its own accord


class Weight(msgspec.Struct, frozen=True, gc=False):
    """How much text there is, counted without reading it.

    `wide_chars`: bytes that UTF-8 spends beyond one per character, halved. So a Chinese character is one, é or Я
    a half (the other half counts as ASCII), an emoji one and a half. `media`: images, sounds and files.
    """

    ascii_chars: int = 0
    wide_chars: int = 0
    media: int = 0


def tokens_of(weight: Weight) -> int:
    """The likeliest count: what an unheard usage is billed by."""
    text = -(-(weight.ascii_chars * _ASCII_PERCENT + weight.wide_chars * _WIDE_PERCENT) // 100)  # rounded up
    return text + weight.media * _MEDIA_TOKENS


def ceiling_of(weight: Weight) -> int:
    """A count that natural text stays under: what a hold reserves. Random strings can exceed it."""
    text = -(-(weight.ascii_chars * _ASCII_CEILING_PERCENT + weight.wide_chars * _WIDE_CEILING_PERCENT) // 100)
    return text + weight.media * _MEDIA_CEILING + _TEMPLATE_CEILING


def most_of(weight: Weight, body_bytes: int) -> int:
    """The bound above which a vendor's input count is absurd: no tokenizer makes two tokens of one byte."""
    return body_bytes + weight.media * _MEDIA_MOST + _TEMPLATE_MOST
