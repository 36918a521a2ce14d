"""How much to think, as vendors are told."""

import json
from typing import Any

import msgspec
import pytest

from waystation.dialects.openai_chat.effort import SpelledReasoning, decode_reasoning, encode_reasoning
from waystation.dialects.table import Table
from waystation.wire.chat import Reasoning
from waystation.wire.errors import BadRequest


def read(members: dict[str, Any]) -> tuple[Reasoning | None, object]:
    return decode_reasoning(Table(json.dumps(members).encode()))


@pytest.mark.parametrize(
    ("members", "asked"),
    [
        ({"reasoning_effort": "low"}, {"effort": "low"}),
        ({"reasoning": {"effort": "high"}}, {"effort": "high"}),
        ({"reasoning": {"max_tokens": 5, "exclude": True}}, {"budget_tokens": 5, "summary": "none"}),
        ({"reasoning": {"enabled": False, "exclude": False}}, {"enabled": False, "summary": "auto"}),
        ({"thinking": {"type": "enabled", "budget_tokens": 5}}, {"enabled": True, "budget_tokens": 5}),
        ({"thinking": {"type": "disabled"}}, {"enabled": False}),
        ({"thinking": {"type": "auto"}}, {}),
        ({"enable_thinking": True, "thinking_budget": 5}, {"enabled": True, "budget_tokens": 5}),
        ({"enable_thinking": False, "thinking": {"type": "enabled"}}, {"enabled": False}),
        ({"thinking_budget": -1}, {}),
        ({"reasoning_effort": "low", "reasoning": {"effort": "high"}}, {"effort": "low"}),
    ],
)
def test_every_spelling_is_read_and_given_back(members: dict[str, Any], asked: dict[str, Any]) -> None:
    reasoning, left = read(members)
    raws = {name: msgspec.Raw(json.dumps(value).encode()) for name, value in members.items()}
    assert reasoning == SpelledReasoning(members=raws, **asked)
    assert not left
    assert json.loads(msgspec.json.encode(encode_reasoning(reasoning, same=True))) == members


def test_nothing_asked_is_nothing() -> None:
    assert read({}) == (None, {})
    assert encode_reasoning(None, same=True) == {}


def test_what_is_unknown_is_left() -> None:
    _, left = read({"thinking": {"type": "enabled", "keep": "all"}, "reasoning_effort": "default"})
    assert left == {"thinking.keep": msgspec.Raw(b'"all"'), "reasoning_effort": msgspec.Raw(b'"default"')}


@pytest.mark.parametrize(
    ("reasoning", "members"),
    [
        (Reasoning(effort="low"), {"reasoning_effort": "low"}),
        (Reasoning(enabled=False), {"reasoning_effort": "none"}),
        (Reasoning(enabled=True, budget_tokens=8_000), {"reasoning_effort": "medium"}),
        (Reasoning(enabled=True), {}),
        (SpelledReasoning(effort="high", members={}), {"reasoning_effort": "high"}),
    ],
)
def test_another_languages_wish_is_an_effort(reasoning: Reasoning, members: dict[str, Any]) -> None:
    assert encode_reasoning(reasoning, same=False) == members


@pytest.mark.parametrize(
    ("members", "param"),
    [
        ({"reasoning_effort": 5}, "reasoning_effort"),
        ({"thinking": "on"}, "thinking"),
        ({"thinking": {"budget_tokens": "5"}}, "thinking.budget_tokens"),
        ({"enable_thinking": "yes"}, "enable_thinking"),
    ],
)
def test_a_broken_wish_is_refused(members: dict[str, Any], param: str) -> None:
    with pytest.raises(BadRequest) as caught:
        read(members)
    assert caught.value.param == param
