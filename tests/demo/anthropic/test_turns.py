"""What was asked of Anthropic, in the words of chat."""

from typing import Any

import msgspec

from waystation.demo.anthropic.ask import MessagesAsk
from waystation.demo.anthropic.turns import chat_of
from waystation.demo.ask import AskedFunction, AskedTool, ChatAsk, Message, Part
from waystation.demo.tools import chosen_tool

SCHEMA: dict[str, Any] = {"type": "object"}


def _chat(*messages: dict[str, Any], **more: Any) -> ChatAsk:
    asked = {"model": "m", "max_tokens": 9, "messages": list(messages), **more}
    return chat_of(msgspec.convert(asked, MessagesAsk))


def test_the_system_prompt_is_a_message() -> None:
    user = {"role": "user", "content": "Hi"}
    assert _chat(user, system="Be kind.").messages == [Message("system", "Be kind."), Message("user", "Hi")]
    blocks = [{"type": "text", "text": "Be"}, {"type": "text", "text": "kind."}]
    assert _chat(user, system=blocks).messages == [
        Message("system", [Part("text", "Be"), Part("text", "kind.")]),
        Message("user", "Hi"),
    ]
    assert _chat(user, system="").messages == [Message("user", "Hi")]


def test_a_tool_call_and_its_result() -> None:
    use = {"type": "tool_use", "id": "a", "name": "f", "input": {"x": "y z"}}
    image = {"type": "image", "source": {}}
    result = {"type": "tool_result", "tool_use_id": "a", "content": [{"type": "text", "text": "done"}, image]}
    assert _chat(
        {"role": "assistant", "content": [{"type": "thinking", "thinking": "Hm", "signature": "s"}, use]},
        {"role": "user", "content": [result, {"type": "text", "text": "And?"}]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "a"}]},
    ).messages == [
        Message("assistant", [], [AskedTool(function=AskedFunction("f", None, '{"x":"y z"}'))]),
        Message("tool", [Part("text", "done"), Part("file")]),
        Message("user", [Part("text", "And?")]),
        Message("tool", ""),
    ]


def test_tools_and_which_is_called() -> None:
    tools = [{"name": name, "input_schema": SCHEMA} for name in ("f", "g")]
    bash = {"type": "bash_20250124", "name": "bash"}
    user = {"role": "user", "content": "Hi"}
    for choice, expected in (
        (None, "f"),
        ({"type": "auto"}, "f"),
        ({"type": "any"}, "f"),
        ({"type": "tool", "name": "g"}, "g"),
        ({"type": "none"}, None),
    ):
        called = chosen_tool(_chat(user, tools=[bash, *tools], tool_choice=choice))
        assert (called and called.name) == expected
    assert _chat(user, tools=tools).tools == [AskedTool(function=AskedFunction(name, SCHEMA)) for name in ("f", "g")]
