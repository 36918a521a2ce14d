"""A reply as Anthropic tells it."""

from typing import Any

import pytest

from tests.demo.scenes import scene_at
from tests.demo.speakers import ANTHROPIC
from waystation.demo.anthropic.answers import events, message, stop_reason, usage_of
from waystation.demo.anthropic.checks import KIND
from waystation.demo.replies import Reply
from waystation.demo.seals import fits, is_own
from waystation.demo.settings import DemoSettings
from waystation.demo.usage import Usage

THOUGHT = "The user wants an answer; I give one."


def _reply(settings: DemoSettings | None = None, **more: Any) -> Reply:
    body = ANTHROPIC.body([ANTHROPIC.user("Hello you")], **more)
    return scene_at(ANTHROPIC.path, body, *ANTHROPIC.headers, settings=settings).reply


def _kinds(told: list[Any]) -> list[str]:
    return [event.get("delta", event.get("content_block", {})).get("type") or event["type"] for event in told]


def test_input_is_told_without_what_was_cached() -> None:
    wire = usage_of(Usage(10, 7, cached_tokens=4, reasoning_tokens=2))
    assert (wire["input_tokens"], wire["cache_read_input_tokens"], wire["output_tokens"]) == (6, 4, 7)
    assert wire["output_tokens_details"] == {"thinking_tokens": 2}


def test_a_plain_text() -> None:
    wire: Any = message(_reply(model="demo"), shows_thought=True)
    assert wire["content"] == [{"type": "text", "text": "You said: Hello you", "citations": None}]
    assert (wire["id"], wire["role"], wire["stop_reason"]) == ("msg_1", "assistant", "end_turn")


def test_a_thought_is_signed_whether_it_is_shown_or_not() -> None:
    reply = _reply(**ANTHROPIC.thinking)
    shown: Any = message(reply, shows_thought=True)
    left_out: Any = message(reply, shows_thought=False)
    assert (shown["content"][0]["thinking"], left_out["content"][0]["thinking"]) == (THOUGHT, "")
    assert fits(KIND, shown["content"][0]["signature"], THOUGHT)
    assert is_own(KIND, left_out["content"][0]["signature"])


def test_a_model_that_may_not_think_does_not() -> None:
    assert _reply().thought == ()
    assert _reply().usage.reasoning_tokens == 0


def test_the_events_of_a_text() -> None:
    told: list[Any] = list(events(_reply(model="demo"), shows_thought=True))
    assert _kinds(told) == [
        "message_start",
        "text",
        "ping",
        *["text_delta"] * 4,
        "content_block_stop",
        "message_delta",
        "message_stop",
    ]
    assert (told[0]["message"]["usage"]["input_tokens"], told[0]["message"]["usage"]["output_tokens"]) == (5, 1)
    assert (told[-2]["usage"]["output_tokens"], told[-2]["delta"]["stop_reason"]) == (4, "end_turn")
    assert told[0]["message"]["stop_reason"] is None


def test_the_events_of_a_thought_and_a_tool_call() -> None:
    told: list[Any] = list(events(_reply(**ANTHROPIC.with_tool, **ANTHROPIC.thinking), shows_thought=True))
    kinds = _kinds(told)
    assert kinds[:3] == ["message_start", "thinking", "ping"]
    assert kinds[3:11] == ["thinking_delta"] * 8
    assert kinds[11:15] == ["signature_delta", "content_block_stop", "tool_use", "input_json_delta"]
    assert [event["index"] for event in told if "index" in event] == [0] * 11 + [1] * (len(told) - 15)
    assert told[14]["delta"]["partial_json"] == ""
    hidden = _kinds(list(events(_reply(**ANTHROPIC.thinking), shows_thought=False)))
    assert ("thinking_delta" in hidden, "signature_delta" in hidden) == (False, True)


@pytest.mark.parametrize(("limit", "reason"), [(2, "max_tokens"), (100, "tool_use")])
def test_arguments_that_were_cut_are_no_json(limit: int, reason: str) -> None:
    reply = _reply(model="demo", max_tokens=limit, **ANTHROPIC.with_tool)
    wire: Any = message(reply, shows_thought=False)
    assert wire["content"][0]["input"] == ({} if limit == 2 else {"city": "Hello you"})
    assert stop_reason(reply) == reason


def test_nothing_said_is_no_block() -> None:
    reply = _reply(DemoSettings(reply=""), model="demo")
    assert message(reply, shows_thought=True)["content"] == []
    assert _kinds(list(events(reply, shows_thought=True))) == ["message_start", "message_delta", "message_stop"]
