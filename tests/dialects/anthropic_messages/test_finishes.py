"""Reasons to end, both ways."""

from typing import get_args

import pytest

from waystation.dialects.anthropic_messages.finishes import reason_of, word_of
from waystation.wire.chat import FinishReason


@pytest.mark.parametrize(
    ("word", "reason"),
    [
        ("end_turn", "stop"),
        ("max_tokens", "length"),
        ("stop_sequence", "stop_sequence"),
        ("tool_use", "tool_calls"),
        ("pause_turn", "pause"),
        ("refusal", "refusal"),
        ("model_context_window_exceeded", "context_length"),
    ],
)
def test_every_word_there_and_back(word: str, reason: FinishReason) -> None:
    assert reason_of(word, calls=False) == reason
    assert word_of(reason) == word


def test_an_unknown_or_missing_word() -> None:
    assert (reason_of("compaction", calls=False), reason_of(None, calls=False)) == ("other", "stop")


def test_calls_end_with_calls() -> None:
    assert (reason_of("end_turn", calls=True), reason_of(None, calls=True)) == ("tool_calls", "tool_calls")
    assert reason_of("max_tokens", calls=True) == "length"


def test_every_reason_has_a_word() -> None:
    assert word_of("content_filter") == "refusal"
    assert {word_of(reason) for reason in ("other", "malformed_call", "stop")} == {"end_turn"}
    assert all(word_of(reason) for reason in get_args(FinishReason))
