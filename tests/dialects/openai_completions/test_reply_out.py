"""A whole answer, as the caller reads it."""

import json
from typing import Any

import msgspec
import pytest

from waystation.dialects.codec import Asked
from waystation.dialects.openai_completions.reply_in import decode_reply
from waystation.dialects.openai_completions.reply_out import encode_reply, finish_of
from waystation.wire.chat import ChatReply, ChatRequest, Choice, RefusalPart, TextPart, ThinkingPart
from waystation.wire.usage import Heard, Usage

ASKED = Asked(request=ChatRequest(dialect="openai.completions", model="public", messages=()), call_id="call_9", at=7)


def write(reply: ChatReply) -> Any:
    return json.loads(encode_reply(reply, ASKED))


def test_an_answer_is_its_text() -> None:
    logprobs = msgspec.Raw(b'[{"token":"a","logprob":-1.0}]')
    parts = (ThinkingPart(text="hm"), TextPart(text="a"), RefusalPart(text="no"))
    reply = ChatReply(
        dialect="openai.chat",
        id="chatcmpl-1",
        choices=(Choice(parts=parts, logprobs=logprobs),),
        heard=Heard(Usage(input_tokens=1, output_tokens=2), ()),
        service_tier="flex",
        extras={"x": msgspec.Raw(b"1")},
    )
    columns = {"tokens": ["a"], "token_logprobs": [-1.0], "top_logprobs": [{}], "text_offset": [0]}
    assert write(reply) == {
        "id": "cmpl-9",
        "object": "text_completion",
        "created": 7,
        "model": "public",
        "choices": [{"text": "ano", "index": 0, "logprobs": columns, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3},
    }


def test_an_answer_of_this_language_comes_back_whole() -> None:
    body = {
        "id": "i",
        "object": "text_completion",
        "created": 5,
        "model": "m",
        "choices": [{"text": "a", "index": 0, "logprobs": {"tokens": ["a"]}, "finish_reason": "stop", "x": 1}],
        "system_fingerprint": "fp",
    }
    assert write(decode_reply(json.dumps(body).encode())) == body


@pytest.mark.parametrize(("reason", "word"), [("tool_calls", "stop"), ("length", "length"), ("stop", "stop")])
def test_there_are_no_calls(reason: Any, word: str) -> None:
    assert finish_of(reason) == word
