"""From an ask to what the model says, plain and streamed."""

import json
from typing import Any

import pytest

from tests.demo.raw import HELLO
from waystation.demo.ask import read_ask
from waystation.demo.replies import Reply, chunks, completion, compose
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


def _streamed(reply: Reply, *, include_usage: bool = False) -> list[Any]:
    return list(chunks(reply, include_usage=include_usage))


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


def test_every_choice_is_billed() -> None:
    reply = _reply(n=3)
    wire: Any = completion(reply)
    assert [choice["index"] for choice in wire["choices"]] == [0, 1, 2]
    assert reply.usage.completion_tokens == 15


def test_a_tool_is_called_with_json_arguments() -> None:
    wire: Any = completion(_reply(tools=[WEATHER]))
    (choice,) = wire["choices"]
    assert (choice["finish_reason"], choice["message"]["content"]) == ("tool_calls", None)
    assert choice["message"]["tool_calls"] == [
        {
            "id": "call_1",
            "type": "function",
            "function": {"name": "get_weather", "arguments": '{"city":"Hello, you there"}'},
        }
    ]


def test_a_forced_tool_ends_with_stop() -> None:
    forced = {"type": "function", "function": {"name": "get_weather"}}
    assert _reply(tools=[WEATHER], tool_choice=forced).finish_reason == "stop"
    assert _reply(tools=[WEATHER], tool_choice="required").finish_reason == "tool_calls"


def test_a_limit_cuts_the_arguments_of_a_tool_call() -> None:
    reply = _reply(tools=[WEATHER], max_tokens=2)
    assert (_text(reply), reply.finish_reason, reply.usage.completion_tokens) == ('{"city":"Hello,', "length", 2)


def test_a_plain_answer_has_every_field_of_a_completion() -> None:
    assert list(completion(_reply())) == [
        "id",
        "object",
        "created",
        "model",
        "choices",
        "usage",
        "service_tier",
        "system_fingerprint",
    ]


def test_a_stream_begins_with_the_role_and_ends_with_the_reason() -> None:
    deltas = [(chunk["choices"][0]["delta"], chunk["choices"][0]["finish_reason"]) for chunk in _streamed(_reply())]
    assert deltas == [
        ({"role": "assistant", "content": "", "refusal": None}, None),
        ({"content": "You"}, None),
        ({"content": " said:"}, None),
        ({"content": " Hello,"}, None),
        ({"content": " you"}, None),
        ({"content": " there"}, None),
        ({}, "stop"),
    ]


def test_chunks_share_id_and_time() -> None:
    assert {(chunk["id"], chunk["created"], chunk["object"]) for chunk in _streamed(_reply())} == {
        ("chatcmpl-1", 1_700_000_000, "chat.completion.chunk")
    }


def test_a_stream_that_was_not_asked_for_usage_has_no_such_field() -> None:
    assert not any("usage" in chunk for chunk in _streamed(_reply()))


def test_usage_comes_in_an_extra_chunk_and_is_null_in_all_others() -> None:
    reply = _reply()
    *others, last = _streamed(reply, include_usage=True)
    assert {chunk["usage"] for chunk in others} == {None}
    assert (last["choices"], last["usage"]) == ([], reply.usage.as_wire())


def test_a_streamed_tool_call_gives_its_name_first_and_its_arguments_in_pieces() -> None:
    first, *others = [chunk["choices"][0]["delta"] for chunk in _streamed(_reply(tools=[WEATHER]))]
    (call,) = first["tool_calls"]
    assert call == {
        "index": 0,
        "id": "call_1",
        "type": "function",
        "function": {"name": "get_weather", "arguments": ""},
    }
    assert (first["role"], first["content"]) == ("assistant", None)
    pieces = [delta["tool_calls"][0]["function"]["arguments"] for delta in others[:-1]]
    assert len(pieces) > 1
    assert json.loads("".join(pieces)) == {"city": "Hello, you there"}


def test_choices_of_a_stream_take_turns() -> None:
    indexes = [chunk["choices"][0]["index"] for chunk in _streamed(_reply(n=2, max_tokens=1))]
    assert indexes == [0, 1, 0, 1, 0, 1]
