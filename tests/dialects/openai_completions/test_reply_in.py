"""A vendor's plain answer, into words."""

import json
from typing import Any

import msgspec
import pytest

from waystation.dialects.openai_completions.reply_in import decode_reply
from waystation.wire.chat import ChatReply, Choice, TextPart
from waystation.wire.errors import BadAnswer, VendorFailure
from waystation.wire.usage import Heard, Usage


def read(*choices: Any, **members: Any) -> ChatReply:
    return decode_reply(json.dumps({"choices": choices, "object": "text_completion"} | members).encode())


def test_an_answer_is_read() -> None:
    usage = {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7, "cost": 1}
    row = {"text": "hi", "index": 0, "finish_reason": "length", "logprobs": None, "x": 1}
    assert read(row, id="i", model="m", created=5, usage=usage, y=1) == ChatReply(
        dialect="openai.completions",
        id="i",
        model="m",
        created=5,
        choices=(Choice(parts=(TextPart(text="hi"),), finish_reason="length", extras={"x": msgspec.Raw(b"1")}),),
        heard=Heard(Usage(input_tokens=3, output_tokens=4), ()),
        extras={"y": msgspec.Raw(b"1"), "usage.cost": msgspec.Raw(b"1")},
    )


def test_an_empty_text_is_none_and_missing_numbers_are_given() -> None:
    assert read({"text": ""}, {"text": "b", "index": 9}).choices == (
        Choice(),
        Choice(index=1, parts=(TextPart(text="b"),)),
    )


@pytest.mark.parametrize("body", [b"", b"{}", b'{"choices":[]}', b'{"choices":[{}]}', b'{"choices":[{"text":5}]}'])
def test_what_is_no_answer_is_refused(body: bytes) -> None:
    with pytest.raises(BadAnswer):
        decode_reply(body)


def test_an_error_is_the_vendors_failure() -> None:
    with pytest.raises(VendorFailure):
        decode_reply(b'{"error":{"code":"busy"}}')
