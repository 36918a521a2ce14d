"""The shape of a request to Gemini."""

from typing import Any

import msgspec
import pytest

from waystation.demo.gemini.ask import Content, GenerateAsk, Part


def _read(**more: Any) -> GenerateAsk:
    return msgspec.convert({"contents": [{"parts": [{"text": "Hi"}]}], **more}, GenerateAsk)


def test_a_part_has_one_kind_of_data() -> None:
    assert [Part(text="").kinds, Part().kinds, Part(text="a", inline_data={}).kinds] == [1, 0, 2]
    assert (Part(file_data={}).is_media, Part(text="a").is_media) == (True, False)


def test_calls_and_responses_of_a_turn() -> None:
    asked = _read(
        contents=[
            {"role": "model", "parts": [{"text": "So"}, {"functionCall": {"name": "f"}}]},
            {"parts": [{"functionResponse": {"name": "f", "response": {}}}]},
        ]
    )
    first, second = asked.contents
    assert ([part.function_call is not None for part in first.calls], first.responses) == ([True], [])
    assert ([one.name for one in second.responses], second.calls) == (["f"], [])


def test_what_is_not_said_has_a_default() -> None:
    asked = _read()
    assert (asked.declared, asked.thinking.include_thoughts, asked.contents) == (
        [],
        None,
        [Content(parts=[Part(text="Hi")])],
    )


@pytest.mark.parametrize(
    "more",
    [
        {"messages": []},
        {"generationConfig": {"maxTokens": 1}},
        {"generationConfig": {"maxOutputTokens": 0}},
        {"contents": [{"parts": [{"text": "Hi", "x": 1}]}]},
        {"contents": [{"parts": [{"functionCall": {}}]}]},
        {"contents": [{"parts": [{"functionResponse": {"name": "f", "response": "done"}}]}]},
        {"tools": [{"functionDeclarations": [{"name": "a b"}]}]},
        {"tools": [{"functionDeclarations": [{"name": "f", "parameters": {"$schema": "x"}}]}]},
        {"tools": [{"functionDeclarations": [{"name": "f", "parameters": {"properties": {"x": {"const": 1}}}}]}]},
        {"toolConfig": {"functionCallingConfig": {"mode": "auto"}}},
    ],
)
def test_what_google_does_not_know_is_refused(more: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        _read(**more)
