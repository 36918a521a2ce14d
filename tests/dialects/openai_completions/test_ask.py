"""What the house reads of a completions request."""

import json
from typing import Any

import pytest

from waystation.dialects.asking import retargeted
from waystation.dialects.codec import Ask
from waystation.dialects.openai_completions.ask import decode_request
from waystation.wire.errors import BadRequest


def read(**members: Any) -> Ask:
    return decode_request(json.dumps({"model": "m", "prompt": "hi"} | members).encode())


@pytest.mark.parametrize(
    ("members", "choices"),
    [
        ({}, 1),
        ({"prompt": None}, 1),
        ({"prompt": ["a", "b"]}, 2),
        ({"prompt": [1, 2, 3]}, 1),
        ({"prompt": [[1], [2], [3]]}, 3),
        ({"prompt": ["a", "b"], "n": 2}, 4),
        ({"n": None}, 1),
        ({"n": 2, "best_of": 5}, 5),
    ],
)
def test_answers_are_counted_over_all_prompts(members: dict[str, Any], choices: int) -> None:
    assert read(**members).choices == choices


def test_bounds_and_weight_are_read() -> None:
    ask = read(max_tokens=5, suffix="there")
    assert (ask.max_output_tokens, ask.stream, ask.fixes) == (5, False, ())
    assert read().max_output_tokens is None
    assert ask.weight.ascii_chars == len('"hi""there"')


@pytest.mark.parametrize(
    ("options", "include_usage", "sent"),
    [
        (b"", False, b'"stream_options":{"include_usage":true},'),
        (b'"stream_options":null,', False, b'"stream_options":{"include_usage":true},'),
        (b'"stream_options":{},', False, b'"stream_options":{"include_usage":true},'),
        (b'"stream_options":{"x":1},', False, b'"stream_options":{"include_usage":true,"x":1},'),
        (b'"stream_options":{"include_usage":false},', False, b'"stream_options":{"include_usage":true},'),
        (b'"stream_options":{"include_usage":true},', True, b'"stream_options":{"include_usage":true},'),
    ],
)
def test_a_stream_is_always_asked_for_its_usage(options: bytes, include_usage: bool, sent: bytes) -> None:
    body = b'{%s"stream":true,"model":"m","prompt":"hi"}'
    ask = decode_request(body % options)
    assert ask.include_usage is include_usage
    assert retargeted(body % options, ask, "m") == body % sent
    plain = (body % options).replace(b"true,", b"false,", 1) if b"usage" not in options else b""
    if plain:
        assert decode_request(plain).fixes == ()


def test_a_plain_request_is_not_asked_for_usage() -> None:
    assert read(stream_options={"include_usage": False}).fixes == ()
    assert read(stream_options={}).fixes == ()


@pytest.mark.parametrize(
    ("members", "param"),
    [
        ({"prompt": []}, "prompt"),
        ({"prompt": 5}, "prompt"),
        ({"prompt": {}}, "prompt"),
        ({"model": None}, "model"),
        ({"n": 129}, "n"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"prompt": ["a"] * 100, "n": 100}, "prompt"),
        ({"stream_options": 5}, "stream_options"),
        ({"stream_options": {"include_usage": 5}}, "stream_options.include_usage"),
    ],
)
def test_broken_members_are_refused_by_name(members: dict[str, Any], param: str) -> None:
    with pytest.raises(BadRequest) as caught:
        read(**members)
    assert caught.value.param == param


def test_a_request_without_a_prompt_is_refused() -> None:
    with pytest.raises(BadRequest) as caught:
        decode_request(b'{"model":"m"}')
    assert caught.value.param == "prompt"
    assert decode_request(b'\xef\xbb\xbf{"model":"m","prompt":"\xc3\xa9"}').model == "m"
