"""Why an answer ended."""

from typing import get_args

import pytest

from waystation.dialects.gemini_generate.finishes import is_end, reason_of, word_of
from waystation.wire.chat import FinishReason


@pytest.mark.parametrize(
    ("word", "calls", "reason"),
    [
        ("STOP", False, "stop"),
        ("STOP", True, "tool_calls"),
        ("MAX_TOKENS", True, "length"),
        ("SAFETY", False, "content_filter"),
        ("RECITATION", False, "content_filter"),
        ("PROHIBITED_CONTENT", False, "content_filter"),
        ("MALFORMED_FUNCTION_CALL", False, "malformed_call"),
        ("UNEXPECTED_TOOL_CALL", False, "malformed_call"),
        ("TOO_MANY_TOOL_CALLS", False, "other"),
        ("OTHER", False, "other"),
        ("A_NEW_ONE", True, "other"),
        (None, False, "stop"),
        (None, True, "tool_calls"),
    ],
)
def test_geminis_words_are_understood(word: str | None, calls: bool, reason: FinishReason) -> None:
    assert reason_of(word, calls=calls) == reason


@pytest.mark.parametrize("word", [None, "", "FINISH_REASON_UNSPECIFIED"])
def test_no_word_is_no_end(word: str | None) -> None:
    assert not is_end(word)
    assert is_end("STOP")


@pytest.mark.parametrize("reason", get_args(FinishReason))
def test_every_reason_has_a_word_of_geminis(reason: FinishReason) -> None:
    again = reason_of(word_of(reason), calls=reason == "tool_calls")
    told = {"stop_sequence": "stop", "context_length": "length", "refusal": "content_filter", "pause": "other"}
    assert again == told.get(reason, reason)
