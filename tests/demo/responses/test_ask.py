"""The shape of a request to Responses."""

from typing import Any

import msgspec
import pytest

from waystation.demo.responses.ask import ResponsesAsk


def _read(**more: Any) -> ResponsesAsk:
    return msgspec.convert({"model": "m", "input": "Hi", **more}, ResponsesAsk)


def test_a_response_is_stored_unless_told_not_to() -> None:
    assert [_read(store=store).is_stored for store in (None, True, False)] == [True, True, False]


@pytest.mark.parametrize(
    ("reasoning", "shown"), [(None, False), ({}, False), ({"summary": "none"}, False), ({"summary": "auto"}, True)]
)
def test_a_thought_is_shown_when_a_summary_is_asked_for(reasoning: object, *, shown: bool) -> None:
    assert _read(reasoning=reasoning).shows_thought == shown


def test_a_thought_is_sealed_when_that_is_included() -> None:
    assert _read(include=["reasoning.encrypted_content"]).is_sealed
    assert not _read(include=["file_search_call.results"]).is_sealed
    assert not _read().is_sealed


@pytest.mark.parametrize(
    "more", [{"messages": []}, {"temperature": 3}, {"reasoning": {"x": 1}}, {"metadata": {"a": 1}}, {"input": 1}]
)
def test_what_openai_does_not_know_is_refused(more: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        _read(**more)
