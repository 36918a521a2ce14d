"""A reply as Responses tells it."""

from typing import Any

import pytest

from tests.demo.scenes import scene_at
from tests.demo.speakers import RESPONSES
from waystation.demo.responses.answers import usage_of
from waystation.demo.responses.checks import seal
from waystation.demo.settings import DemoSettings
from waystation.demo.usage import Usage

THOUGHT = "The user wants an answer; I give one."


def _told(settings: DemoSettings | None = None, **more: Any) -> Any:
    body = RESPONSES.body([RESPONSES.user("Hello you")], **more)
    scene = scene_at(RESPONSES.path, body, settings=settings)
    return scene.spoken.plain(scene.reply)


def test_usage_has_its_own_names() -> None:
    assert usage_of(Usage(10, 7, cached_tokens=4, reasoning_tokens=2)) == {
        "input_tokens": 10,
        "input_tokens_details": {"cached_tokens": 4, "cache_write_tokens": 0},
        "output_tokens": 7,
        "output_tokens_details": {"reasoning_tokens": 2},
        "total_tokens": 17,
    }


def test_a_plain_text() -> None:
    told = _told(model="demo")
    (message,) = told["output"]
    assert (told["id"], message["id"], told["status"], message["status"]) == (
        "resp_1",
        "msg_1",
        "completed",
        "completed",
    )
    assert message["content"] == [
        {"type": "output_text", "annotations": [], "logprobs": [], "text": "You said: Hello you"}
    ]


def test_the_request_is_echoed() -> None:
    asked: dict[str, Any] = {
        "instructions": "Be kind.",
        "metadata": {"a": "b"},
        "temperature": 0.5,
        "tools": [{"type": "function", "name": "f", "parameters": {}}],
        "tool_choice": {"type": "function", "name": "f"},
        "reasoning": {"effort": "low", "summary": None},
        "max_output_tokens": 99,
        "parallel_tool_calls": False,
    }
    told = _told(**asked)
    assert {name: told[name] for name in asked} == asked
    assert told["text"] == {"format": {"type": "text"}, "verbosity": "medium"}
    assert _told()["tool_choice"] == "auto"


@pytest.mark.parametrize("shown", [True, False])
@pytest.mark.parametrize("carried", [True, False])
def test_a_thought_is_shown_and_sealed_when_asked_for(*, shown: bool, carried: bool) -> None:
    reasoning = {"summary": "auto"} if shown else None
    include = ["reasoning.encrypted_content"] if carried else None
    thought, _ = _told(reasoning=reasoning, include=include)["output"]
    assert thought["summary"] == ([{"type": "summary_text", "text": THOUGHT}] if shown else [])
    assert thought.get("encrypted_content") == (seal(thought["id"]) if carried else None)


def test_a_function_and_a_custom_tool_are_called_in_their_ways() -> None:
    (called,) = _told(model="demo", **RESPONSES.with_tool)["output"]
    assert called == {
        "id": "fc_1",
        "type": "function_call",
        "status": "completed",
        "call_id": "call_1",
        "name": "weather",
        "arguments": '{"city":"Hello you"}',
    }
    (free,) = _told(model="demo", tools=[{"type": "custom", "name": "sh"}])["output"]
    assert (free["type"], free["id"], free["input"]) == ("custom_tool_call", "ctc_1", "Hello you")


def test_a_text_that_was_cut_is_incomplete() -> None:
    told = _told(DemoSettings(reply="a " * 20), model="demo", max_output_tokens=16)
    assert (told["status"], told["incomplete_details"]) == ("incomplete", {"reason": "max_output_tokens"})
    assert (told["output"][0]["status"], told["usage"]["output_tokens"]) == ("incomplete", 16)


def test_nothing_said_is_no_item() -> None:
    assert _told(DemoSettings(reply=""), model="demo")["output"] == []
