"""The shape of a request to Anthropic."""

from typing import Any

import msgspec
import pytest

from waystation.demo.anthropic.ask import Image, MessagesAsk, Text

HELLO: dict[str, Any] = {"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": "Hi"}]}


def _read(**more: Any) -> MessagesAsk:
    return msgspec.convert({**HELLO, **more}, MessagesAsk)


def test_content_may_be_a_text() -> None:
    assert _read().messages[0].blocks() == [Text("Hi")]


def test_blocks_are_told_apart_by_their_type() -> None:
    image: dict[str, Any] = {"type": "image", "source": {"type": "url", "url": "https://a"}}
    content = [{"type": "text", "text": "Hi", "cache_control": {"type": "ephemeral"}}, image]
    text, shown = _read(messages=[{"role": "user", "content": content}]).messages[0].blocks()
    assert (text, shown) == (Text("Hi", {"type": "ephemeral"}), Image(image["source"]))


@pytest.mark.parametrize(
    ("thinking", "has", "shown"),
    [
        (None, False, False),
        ({"type": "disabled"}, False, True),
        ({"type": "enabled", "budget_tokens": 1024}, True, True),
        ({"type": "adaptive", "display": "omitted"}, True, False),
    ],
)
def test_thinking_is_on_or_off(thinking: object, *, has: bool, shown: bool) -> None:
    ask = _read(thinking=thinking)
    assert (ask.has_thinking, ask.is_thought_shown) == (has, shown)


@pytest.mark.parametrize(
    "more",
    [
        {"reasoning_effort": "low"},
        {"max_tokens": 0},
        {"max_tokens": "9"},
        {"temperature": 1.5},
        {"messages": [{"role": "tool", "content": "Hi"}]},
        {"messages": [{"role": "user", "content": "Hi", "name": "x"}]},
        {"messages": [{"role": "user", "content": [{"type": "text", "text": "Hi", "x": 1}]}]},
        {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {}}]}]},
        {"messages": [{"role": "assistant", "content": [{"type": "tool_use", "id": "a.b", "name": "f", "input": {}}]}]},
        {"tools": [{"name": "a b", "input_schema": {}}]},
        {"tool_choice": "auto"},
    ],
)
def test_what_anthropic_does_not_know_is_refused(more: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        _read(**more)


def test_max_tokens_is_wanted() -> None:
    with pytest.raises(msgspec.ValidationError, match="max_tokens"):
        msgspec.convert({"model": "m", "messages": []}, MessagesAsk)
