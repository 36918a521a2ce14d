"""From an ask to what the model says."""

import json
from typing import Any

import pytest

from tests.demo.raw import HELLO
from waystation.demo.ask import read_ask
from waystation.demo.replies import Reply, compose
from waystation.demo.settings import DemoSettings
from waystation.demo.tokens import count

WEATHER = {
    "type": "function",
    "function": {"name": "get_weather", "parameters": {"type": "object", "properties": {"city": {"type": "string"}}}},
}


def _reply(settings: DemoSettings | None = None, **more: Any) -> Reply:
    ask = read_ask(json.dumps({**HELLO, **more}).encode())
    return compose(ask, settings or DemoSettings(), completion_id="chatcmpl-1", created=1_700_000_000)


def _text(reply: Reply) -> str:
    return "".join(reply.pieces)


def _said(role: str, content: str) -> dict[str, Any]:
    return {"messages": [{"role": role, "content": content}]}


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (_said("user", "  Hello,\n you  there "), "You said: Hello, you there"),
        (_said("user", "今天天气"), "你说：今天天气"),
        (_said("tool", "21 degrees"), "The tool said: 21 degrees"),
        (_said("tool", "晴"), "工具说：晴"),
        (_said("system", "Be kind."), "You said nothing."),
    ],
)
def test_a_reply_echoes_what_was_said_last(said: dict[str, Any], expected: str) -> None:
    reply = _reply(**said)
    assert _text(reply) == expected
    assert reply.usage.completion_tokens == count(expected)


def test_an_echo_is_bounded() -> None:
    assert len(_text(_reply(**_said("user", "x " * 10_000)))) <= 170


def test_the_same_ask_is_answered_alike() -> None:
    assert _reply() == _reply()


def test_a_fixed_reply_replaces_the_echo() -> None:
    assert _text(_reply(DemoSettings(reply="All is well."))) == "All is well."


def test_an_empty_reply_says_nothing() -> None:
    reply = _reply(DemoSettings(reply="", chunks=5))
    assert (reply.pieces, reply.usage.completion_tokens) == ((), 0)


def test_a_short_reply_is_repeated_until_it_fills_its_chunks() -> None:
    reply = _reply(DemoSettings(reply="one two", chunks=5))
    assert reply.pieces == ("one", " two", " one", " two", " one")
    assert reply.usage.completion_tokens == count(_text(reply))


def test_a_long_reply_is_spread_over_its_chunks() -> None:
    assert _reply(DemoSettings(reply="a b c d e", chunks=2)).pieces == ("a b", " c d e")


def test_a_limit_cuts_the_reply() -> None:
    reply = _reply(max_completion_tokens=3)
    assert (_text(reply), reply.finish_reason, reply.usage.completion_tokens) == ("You said: Hello,", "length", 3)


def test_a_limit_that_is_not_reached_changes_nothing() -> None:
    assert _reply(max_tokens=5) == _reply()


def test_reasoning_is_billed_and_not_shown() -> None:
    reply = _reply(model="demo-reason")
    assert (reply.usage.reasoning_tokens, reply.usage.completion_tokens) == (8, 8 + 5)


def test_reasoning_may_use_up_the_limit() -> None:
    reply = _reply(model="demo-reason", max_completion_tokens=6)
    assert (reply.pieces, reply.finish_reason) == ((), "length")
    assert (reply.usage.reasoning_tokens, reply.usage.completion_tokens) == (6, 6)


def test_a_forced_tool_ends_with_stop() -> None:
    forced = {"type": "function", "function": {"name": "get_weather"}}
    assert _reply(tools=[WEATHER], tool_choice=forced).finish_reason == "stop"
    assert _reply(tools=[WEATHER], tool_choice="required").finish_reason == "tool_calls"


def test_a_limit_cuts_the_arguments_of_a_tool_call() -> None:
    reply = _reply(tools=[WEATHER], max_tokens=2)
    assert (_text(reply), reply.finish_reason, reply.usage.completion_tokens) == ('{"city":"Hello,', "length", 2)


def test_a_vendor_may_ignore_the_limit() -> None:
    boundless = DemoSettings(boundless=True)
    assert _reply(boundless, max_tokens=1).pieces == _reply().pieces
