"""Responses at its path."""

from typing import Any

import pytest

from tests.demo.raw import Got
from tests.demo.scenes import scene_at
from tests.demo.speakers import RESPONSES, call, events, speak
from waystation.demo.ask import Message, Part
from waystation.demo.refusals import BROKEN, RATE_LIMITED
from waystation.demo.responses.language import Responses
from waystation.demo.responses.shelf import ResponseShelf
from waystation.demo.tools import chosen_tool
from waystation.demo.upstream import DemoUpstream

SAID = [RESPONSES.user("Hello you")]


async def _got(**asked: Any) -> Got:
    async with DemoUpstream() as upstream:
        return await call(upstream, RESPONSES.path, {"model": "demo", "input": "Hello you", **asked})


async def test_a_stream_is_of_named_events_without_done() -> None:
    async with DemoUpstream() as upstream:
        got = await speak(upstream, RESPONSES, SAID, stream=True)
    names = [line[7:] for line in got.body.decode().split("\n") if line.startswith("event: ")]
    assert names == [event["type"] for event in events(got)]
    assert b"[DONE]" not in got.body


async def test_an_unknown_parameter_is_named() -> None:
    error = (await _got(messages=[])).error()
    assert (error["param"], error["code"]) == ("messages", "unknown_parameter")
    assert (await _got(temperature="hot")).error()["message"].startswith("Invalid 'body'")
    assert (await _got(input=[{"role": "user"}])).status == 400


def _messages(**asked: Any) -> Any:
    return scene_at(RESPONSES.path, {"model": "demo", **asked}).ask.messages


def test_input_may_be_a_text_and_instructions_come_first() -> None:
    assert _messages(input="Hi", instructions="Be kind.") == [
        Message("system", "Be kind."),
        Message("user", [Part("text", "Hi")]),
    ]


def test_calls_of_one_turn_are_one_message() -> None:
    calls = [{"type": "function_call", "call_id": name, "name": "f", "arguments": "{}"} for name in "ab"]
    outputs = [{"type": "function_call_output", "call_id": name, "output": "done"} for name in "ab"]
    said = {"role": "assistant", "content": "So"}
    for before, roles in (([said], ["user", "assistant", "tool", "tool"]), ([], ["user", "assistant", "tool", "tool"])):
        messages = _messages(input=[{"role": "user", "content": "Go"}, *before, *calls, *outputs])
        assert [message.role for message in messages] == roles
        assert len(messages[1].tool_calls) == 2
    assert len(_messages(input=[said, said])) == 2


TOOLS = [
    {"type": "web_search"},
    {"type": "function", "name": "f"},
    {"type": "custom", "name": "g"},
    {"type": "function", "name": "h"},
]


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        (None, "f"),
        ("auto", "f"),
        ("required", "f"),
        ("none", None),
        ({"type": "function", "name": "h"}, "h"),
        ({"type": "custom", "name": "g"}, "g"),
        ({"type": "allowed_tools", "mode": "auto", "tools": [{"type": "function", "name": "h"}]}, "h"),
        ({"type": "allowed_tools", "mode": "auto", "tools": []}, "f"),
        ({"type": "web_search"}, "f"),
    ],
)
def test_which_tool_is_called(choice: object, expected: str | None) -> None:
    scene = scene_at(RESPONSES.path, {"model": "demo", "input": "Hi", "tools": TOOLS, "tool_choice": choice})
    called = chosen_tool(scene.ask)
    assert (called and called.name) == expected


def test_an_error_in_a_stream_has_its_number() -> None:
    language = Responses(ResponseShelf(1))
    assert language.error_event(BROKEN, "req_1", 4) == {
        "type": "error",
        "code": "server_error",
        "message": BROKEN.message,
        "param": None,
        "sequence_number": 4,
    }
    assert language.error_event(RATE_LIMITED, "req_1", 0)["code"] == "rate_limit_exceeded"
    assert language.error(BROKEN, "req_1") == BROKEN.body()
