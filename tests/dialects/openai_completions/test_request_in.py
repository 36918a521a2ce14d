"""A caller's request, into a conversation."""

import json
from typing import Any

import msgspec
import pytest

from waystation.dialects.openai_completions.request_in import decode_request
from waystation.wire.chat import ChatRequest, Message, TextPart
from waystation.wire.errors import BadRequest

WORDS: dict[str, Any] = {
    "dialect": "openai.completions",
    "model": "m",
    "messages": (Message(role="user", parts=(TextPart(text="hi"),)),),
    "max_output_tokens": 16,
}


def read(**members: Any) -> ChatRequest:
    return decode_request(json.dumps({"model": "m", "prompt": "hi"} | members).encode())


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ({}, {}),
        ({"prompt": ["hi"]}, {}),
        ({"echo": False, "suffix": "", "n": 2, "best_of": 2}, {"choices": 2}),
        ({"logprobs": 0}, {"logprobs": True, "top_logprobs": 0}),
        ({"max_tokens": 5, "stop": "a", "seed": 1}, {"max_output_tokens": 5, "stop": ("a",), "seed": 1}),
        ({"stream": True, "stream_options": {"include_usage": True}}, {"stream": True, "include_usage": True}),
        ({"temperature": 0.5, "top_p": 1, "top_k": 3}, {"temperature": 0.5, "top_p": 1.0, "top_k": 3}),
        ({"frequency_penalty": 1, "presence_penalty": 1}, {"frequency_penalty": 1.0, "presence_penalty": 1.0}),
        ({"user": "u", "min_p": 1}, {"user": "u", "extras": {"min_p": msgspec.Raw(b"1")}}),
    ],
)
def test_a_prompt_is_one_message(members: dict[str, Any], words: dict[str, Any]) -> None:
    assert read(**members) == ChatRequest(**WORDS | words)


@pytest.mark.parametrize(
    ("members", "param"),
    [
        ({"prompt": ["a", "b"]}, "prompt"),
        ({"prompt": []}, "prompt"),
        ({"prompt": [1, 2]}, "prompt"),
        ({"prompt": [[1]]}, "prompt"),
        ({"prompt": None}, "prompt"),
        ({"prompt": 5}, "prompt"),
        ({"echo": True}, "echo"),
        ({"suffix": "s"}, "suffix"),
        ({"best_of": 2}, "best_of"),
        ({"n": 0}, "n"),
        ({"max_tokens": 1.5}, "max_tokens"),
        ({"model": 5}, "model"),
    ],
)
def test_what_a_conversation_has_not_is_refused(members: dict[str, Any], param: str) -> None:
    with pytest.raises(BadRequest) as caught:
        read(**members)
    assert caught.value.param == param
