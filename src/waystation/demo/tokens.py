"""The double's rule for tokens: a run of characters without space is one, and so is every CJK character."""

import re
from collections.abc import Iterator
from typing import Final

# CJK punctuation, kana, ideographs, hangul, full-width forms, the supplementary planes of ideographs.
_CJK: Final = "\u3001-\u303f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\uff01-\uffef\U00020000-\U0003ffff"
_TOKEN: Final = re.compile(rf"\s*(?:[{_CJK}]|[^\s{_CJK}]+)")
_IDEOGRAPH: Final = re.compile(r"[\u3400-\u9fff]")


def count(text: str) -> int:
    return sum(1 for _ in _TOKEN.finditer(text))


def tokens(text: str) -> Iterator[str]:
    """Joined they are `text`, but for space at its end; each keeps the space before it."""
    return (match.group() for match in _TOKEN.finditer(text))


def is_chinese(text: str) -> bool:
    return _IDEOGRAPH.search(text) is not None
