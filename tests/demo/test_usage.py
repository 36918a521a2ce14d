"""The double's rule for usage."""

import json
from typing import Any

from tests.demo.raw import HELLO
from waystation.demo.ask import read_ask
from waystation.demo.usage import Usage, cached_tokens, prompt_tokens


def _prompt(**more: Any) -> int:
    return prompt_tokens(read_ask(json.dumps({**HELLO, **more}).encode()))


def test_a_message_costs_three_and_its_words() -> None:
    assert _prompt() == 3 + 3


def test_parts_that_are_not_text_cost_85() -> None:
    parts = [{"type": "text", "text": "two words"}, {"type": "image_url", "image_url": {"url": "data:"}}]
    assert _prompt(messages=[{"role": "user", "content": parts}]) == 3 + 2 + 85


def test_tools_and_tool_calls_cost_their_words() -> None:
    calls = [{"id": "call_1", "type": "function", "function": {"name": "f", "arguments": '{"a": 1}'}}]
    messages = [{"role": "assistant", "content": None, "tool_calls": calls}]
    assert _prompt(messages=messages) == 3 + 2
    assert _prompt(tools=[{"type": "function", "function": {"name": "f"}}]) > _prompt()


def test_half_the_prompt_is_cached_for_a_model_that_caches() -> None:
    ask = read_ask(json.dumps({**HELLO, "model": "demo-cache"}).encode())
    assert cached_tokens(ask, 7) == 3
    assert cached_tokens(read_ask(json.dumps(HELLO).encode()), 7) == 0


def test_the_wire_shape_has_a_total_and_the_details() -> None:
    wire = Usage(10, 5, cached_tokens=4, reasoning_tokens=2).as_wire()
    assert wire["total_tokens"] == 15
    assert wire["prompt_tokens_details"] == {"cached_tokens": 4, "audio_tokens": 0}
    assert wire["completion_tokens_details"] == {
        "reasoning_tokens": 2,
        "audio_tokens": 0,
        "accepted_prediction_tokens": 0,
        "rejected_prediction_tokens": 0,
    }
