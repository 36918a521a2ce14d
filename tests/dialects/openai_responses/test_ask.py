"""What the house reads of a request."""

import json
from typing import Any

import pytest

from waystation.dialects.codec import Ask
from waystation.dialects.openai_responses import ask as module
from waystation.dialects.openai_responses.ask import decode_ask
from waystation.wire.errors import BadRequest
from waystation.wire.estimate import Weight

PNG = "data:image/png;base64," + "A" * 4_000


def read(**members: Any) -> Ask:
    return decode_ask(json.dumps({"model": "m", "input": "hi"} | members, separators=(",", ":")).encode())


def test_the_least_that_can_be_asked() -> None:
    body = b'{"model":"m","input":"hi"}'
    assert decode_ask(body) == Ask(
        model="m",
        stream=False,
        include_usage=True,
        choices=1,
        max_output_tokens=None,
        weight=Weight(4, 0, 0),
        model_span=(9, 12),
    )


def test_stream_and_bound() -> None:
    ask = read(stream=True, max_output_tokens=5.0)
    assert (ask.stream, ask.max_output_tokens) == (True, 5)
    ask = read(stream=None, max_output_tokens=None)
    assert (ask.stream, ask.max_output_tokens) == (False, None)


def test_a_byte_order_mark_is_not_passed_on() -> None:
    ask = decode_ask(b'\xef\xbb\xbf{"model":"m","input":"hi"}')
    assert ask.model_span == (12, 15)


def test_all_that_the_model_reads_has_weight() -> None:
    bare = read().weight
    told = read(instructions="x" * 98, tools=[], text={}).weight
    assert told.ascii_chars - bare.ascii_chars == 100 + 2 + 2
    assert read(metadata={"a": "b" * 50}).weight == bare
    assert read(input="你好").weight.wide_chars > 0


@pytest.mark.parametrize(
    "part",
    [
        {"type": "input_image", "image_url": PNG},
        {"type": "input_file", "file_data": PNG},
        {"type": "input_file", "file_data": "A" * 4_000},
        {"type": "input_audio", "input_audio": {"data": "A" * 4_000, "format": "wav"}},
        {"type": "image_generation_call", "result": "A" * 4_000},
    ],
)
def test_inline_media_are_no_text(part: dict[str, Any]) -> None:
    weight = read(input=[{"role": "user", "content": [part]}]).weight
    assert weight.media == 1
    assert weight.ascii_chars < 200


def test_media_by_address_and_words_like_them() -> None:
    assert read(input=[{"role": "user", "content": [{"type": "input_file", "file_id": "f"}]}]).weight.media == 1
    assert read(input='the "input_image" that I meant').weight.media == 0


def test_there_is_an_end_to_looking_for_media(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_INLINE_MAX", 1)
    parts = [{"type": "input_image", "image_url": PNG}] * 2
    assert 4_000 < read(input=[{"role": "user", "content": parts}]).weight.ascii_chars < 8_000


@pytest.mark.parametrize(
    "members",
    [
        {"input": None, "prompt": {"id": "p"}},
        {"input": None, "previous_response_id": "resp_1"},
        {"input": None, "conversation": "conv_1"},
    ],
)
def test_what_may_stand_for_the_input(members: dict[str, Any]) -> None:
    assert read(**members).model == "m"


@pytest.mark.parametrize(
    ("members", "param"),
    [
        ({"input": None}, "input"),
        ({"input": None, "prompt": None}, "input"),
        ({"input": {}}, "input"),
        ({"input": 5}, "input"),
        ({"model": 5}, "model"),
        ({"stream": "yes"}, "stream"),
        ({"max_output_tokens": 0}, "max_output_tokens"),
        ({"max_output_tokens": "9"}, "max_output_tokens"),
    ],
)
def test_what_is_wrong_is_named(members: dict[str, Any], param: str) -> None:
    with pytest.raises(BadRequest) as raised:
        read(**members)
    assert raised.value.param == param


def test_a_body_without_input_is_refused() -> None:
    with pytest.raises(BadRequest, match="'input' must be given"):
        decode_ask(b'{"model":"m"}')
