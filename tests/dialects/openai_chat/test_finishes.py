"""Why an answer ended."""

import pytest

from waystation.dialects.openai_chat.finishes import goes_on, reason_of, word_of
from waystation.wire.chat import FinishReason


@pytest.mark.parametrize(
    ("word", "reason"),
    [
        ("stop", "stop"),
        ("eos", "stop"),
        ("length", "length"),
        ("model_length", "context_length"),
        ("function_call", "tool_calls"),
        ("sensitive", "content_filter"),
        ("insufficient_system_resource", "other"),
        ("", "stop"),
        ("null", "stop"),
        (None, "stop"),
    ],
)
def test_vendors_words_are_understood(word: str | None, reason: FinishReason) -> None:
    assert reason_of(word, calls=False) == reason


def test_a_stop_with_calls_is_for_their_sake() -> None:
    assert reason_of("stop", calls=True) == "tool_calls"
    assert reason_of("length", calls=True) == "length"


def test_some_words_say_that_it_goes_on() -> None:
    assert [goes_on(word) for word in (None, "", "null", "stop")] == [True, True, True, False]


@pytest.mark.parametrize(
    ("reason", "word"),
    [("stop", "stop"), ("pause", "stop"), ("context_length", "length"), ("refusal", "content_filter")],
)
def test_reasons_are_told_in_five_words(reason: FinishReason, word: str) -> None:
    assert word_of(reason) == word


def test_a_caller_of_functions_is_told_of_a_function_call() -> None:
    assert word_of("tool_calls", old=True) == "function_call"
    assert word_of("stop", old=True) == "stop"
