"""Why an answer ended."""

import pytest

from waystation.dialects.openai_responses.finishes import incomplete_of, reason_of
from waystation.wire.chat import FinishReason


@pytest.mark.parametrize(
    ("status", "incomplete", "reason"),
    [
        ("completed", None, "stop"),
        (None, None, "stop"),
        ("incomplete", "max_output_tokens", "length"),
        ("incomplete", "content_filter", "content_filter"),
        ("incomplete", "steered", "other"),
        ("incomplete", None, "other"),
        ("queued", None, "other"),
    ],
)
def test_a_status_is_an_end(status: str | None, incomplete: str | None, reason: FinishReason) -> None:
    assert reason_of(status, incomplete, calls=False, refused=False) == reason


def test_calls_and_refusals_end_a_complete_response() -> None:
    assert reason_of("completed", None, calls=True, refused=True) == "tool_calls"
    assert reason_of("completed", None, calls=False, refused=True) == "refusal"
    assert reason_of("incomplete", "max_output_tokens", calls=True, refused=False) == "length"


@pytest.mark.parametrize(
    ("reason", "refused", "incomplete"),
    [
        ("stop", False, None),
        ("tool_calls", False, None),
        ("length", False, "max_output_tokens"),
        ("context_length", False, "max_output_tokens"),
        ("content_filter", False, "content_filter"),
        ("content_filter", True, "content_filter"),
        ("refusal", False, "content_filter"),
        ("refusal", True, None),
        ("pause", False, None),
    ],
)
def test_an_end_is_a_status(reason: FinishReason, refused: bool, incomplete: str | None) -> None:
    assert incomplete_of(reason, refused=refused) == incomplete
