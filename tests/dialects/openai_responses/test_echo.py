"""The response object."""

import json
from typing import Any

import msgspec

from tests.dialects.openai_responses.streams import asked
from waystation.dialects.codec import Asked
from waystation.dialects.openai_responses.echo import ended, response_of
from waystation.wire.chat import ChatRequest


def shown(response: dict[str, object]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(msgspec.json.encode(response))
    return found


def test_what_was_asked_is_repeated() -> None:
    said = {
        "instructions": "be",
        "tools": [{"type": "function", "name": "f"}],
        "tool_choice": "required",
        "metadata": {"a": "b"},
        "temperature": 0.5,
        "text": {"format": {"type": "json_object"}},
        "reasoning": {"effort": "low"},
        "store": False,
        "conversation": "conv_1",
    }
    response = shown(response_of(asked(**said), None, None, None))
    assert {name: response[name] for name in said} == said
    assert "input" not in response


def test_what_was_not_asked_is_openais_usual() -> None:
    response = shown(response_of(asked(), None, None, None))
    assert (response["id"], response["model"], response["created_at"]) == ("resp_9", "m", 7)
    assert (response["status"], response["output"], response["usage"]) == ("in_progress", [], None)
    assert (response["tools"], response["tool_choice"], response["temperature"]) == ([], "auto", None)
    assert "store" not in response
    other = Asked(request=ChatRequest(dialect="openai.chat", model="m", messages=()), call_id="call_9", at=7)
    assert shown(response_of(other, None, None, None)) == response


def test_what_the_vendor_says_of_itself() -> None:
    response = response_of(asked(), "resp_1", "v", 5)
    assert (response["id"], response["model"], response["created_at"]) == ("resp_1", "v", 5)


def test_ends() -> None:
    response = response_of(asked(), None, None, None)
    assert ended(response, None)["status"] == "completed"
    cut = ended(response, "max_output_tokens")
    assert (cut["status"], cut["incomplete_details"]) == ("incomplete", {"reason": "max_output_tokens"})
