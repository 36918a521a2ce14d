"""What is read of a request, and what is refused before anything is sent or held."""

import json
from typing import Any

import pytest

from waystation.dialects.codec import Edit
from waystation.dialects.openai_chat.ask import decode_request
from waystation.wire.errors import BadRequest
from waystation.wire.estimate import Weight

HELLO: list[Any] = [{"role": "user", "content": "hi"}]


def request(**members: object) -> bytes:
    return json.dumps({"model": "gpt-4o", "messages": HELLO} | members).encode()


def test_a_small_request_is_read() -> None:
    ask = decode_request(b'{"model":"gpt-4o","messages":[{"role":"user","content":"hi"}]}')
    assert ask.model == "gpt-4o"
    assert not ask.stream
    assert not ask.include_usage
    assert ask.choices == 1
    assert ask.max_output_tokens is None
    assert ask.weight == Weight(len('[{"role":"user","content":"hi"}]'))
    assert ask.model_span == (9, 17)
    assert ask.fixes == ()


def test_a_full_request_is_read() -> None:
    ask = decode_request(
        request(stream=True, n=3, max_tokens=10, stream_options={"include_usage": True}, seed=2**70, tools=[])
    )
    assert ask.stream
    assert ask.include_usage
    assert ask.choices == 3
    assert ask.max_output_tokens == 10
    assert ask.fixes == ()


def test_null_counts_as_absent() -> None:
    ask = decode_request(request(stream=None, n=None, max_tokens=None, stream_options=None))
    assert (ask.stream, ask.choices, ask.max_output_tokens, ask.include_usage) == (False, 1, None, False)


def test_tools_and_formats_weigh_too() -> None:
    plain = decode_request(request()).weight
    tools = [{"type": "function", "function": {"name": "f", "parameters": {}}}]
    got = decode_request(request(tools=tools, response_format={"type": "text"}, metadata={"k": "v" * 100})).weight
    assert got.ascii_chars == plain.ascii_chars + len(json.dumps(tools)) + len('{"type": "text"}')


def test_the_larger_of_two_output_bounds_counts() -> None:
    assert decode_request(request(max_tokens=5, max_completion_tokens=9)).max_output_tokens == 9
    assert decode_request(request(max_tokens=9, max_completion_tokens=5)).max_output_tokens == 9
    assert decode_request(request(max_completion_tokens=5)).max_output_tokens == 5


@pytest.mark.parametrize(("written", "count"), [("5", 5), ("5.0", 5), ("5e0", 5), ("128", 128)])
def test_a_whole_number_may_be_written_as_a_fraction(written: str, count: int) -> None:
    body = b'{"model":"m","messages":[{}],"n":%s}' % written.encode()
    assert decode_request(body).choices == count


@pytest.mark.parametrize("param", ["n", "max_tokens", "max_completion_tokens"])
@pytest.mark.parametrize(
    "written",
    ["0", "-1", "1.5", '"5"', "true", "[]", "{}", "1e18", "1e999", "2147483648", "9" * 5_000, "0." + "9" * 40],
)
def test_a_count_that_is_none_is_refused(param: str, written: str) -> None:
    with pytest.raises(BadRequest, match="must be a whole number") as caught:
        decode_request(b'{"model":"m","messages":[{}],"%s":%s}' % (param.encode(), written.encode()))
    assert caught.value.param == param


def test_more_than_128_choices_are_refused() -> None:
    with pytest.raises(BadRequest, match="from 1 to 128"):
        decode_request(request(n=129))


@pytest.mark.parametrize(
    "model",
    ["", "a" * 257, "a\nb", "a\x00", "a\u2028b", "\u200b", None, 7, ["gpt-4o"], {"id": "gpt-4o"}],
)
def test_a_model_that_is_no_name_is_refused(model: object) -> None:
    with pytest.raises(BadRequest) as caught:
        decode_request(request(model=model))
    assert caught.value.param == "model"


def test_a_model_with_half_a_surrogate_pair_is_refused() -> None:
    with pytest.raises(BadRequest) as caught:
        decode_request(b'{"model":"gpt-\\ud83d","messages":[{}]}')
    assert caught.value.param == "model"


@pytest.mark.parametrize("name", ["a" * 256, "通义千问", "openai/gpt-4o:free", "my model"])
def test_a_model_may_have_any_printable_name(name: str) -> None:
    assert decode_request(request(model=name)).model == name


@pytest.mark.parametrize("messages", ["[]", "[ \n ]", "[1]", "null", "{}", '"hi"', "0"])
def test_messages_that_are_none_are_refused(messages: str) -> None:
    with pytest.raises(BadRequest) as caught:
        decode_request(b'{"model":"m","messages":%s}' % messages.encode())
    assert caught.value.param == "messages"


def test_what_is_missing_is_named() -> None:
    with pytest.raises(BadRequest) as caught:
        decode_request(b'{"messages":[{}]}')
    assert caught.value.param == "model"
    with pytest.raises(BadRequest) as caught:
        decode_request(b'{"model":"m"}')
    assert caught.value.param == "messages"


@pytest.mark.parametrize("stream", ["yes", 1, 0, [], {}])
def test_stream_is_true_or_false(stream: object) -> None:
    with pytest.raises(BadRequest) as caught:
        decode_request(request(stream=stream))
    assert caught.value.param == "stream"


@pytest.mark.parametrize(
    ("options", "param"),
    [
        ([], "stream_options"),
        (True, "stream_options"),
        ({"include_usage": 1}, "stream_options.include_usage"),
        ({"include_usage": "true"}, "stream_options.include_usage"),
    ],
)
def test_stream_options_are_an_object(options: object, param: str) -> None:
    with pytest.raises(BadRequest) as caught:
        decode_request(request(stream=True, stream_options=options))
    assert caught.value.param == param


@pytest.mark.parametrize(
    "body",
    [
        b'{"model":"a","messages":[{}],"model":"b"}',
        b'{"model":"a","messages":[{}],"messages":[{}]}',
        b'{"model":"a","messages":[{}],"n":1,"n":2}',
        b'{"model":"a","messages":[{}],"stream":true,"str\\u0065am":false}',
        b'{"model":"a","messages":[{}],"stream":true,"stream_options":{"include_usage":true,"include_usage":false}}',
    ],
)
def test_a_member_given_twice_is_refused(body: bytes) -> None:
    with pytest.raises(BadRequest, match="given twice"):
        decode_request(body)


@pytest.mark.parametrize(
    "body",
    [
        b'{"model":"m","messages":["\xff"]}',
        b'{"model":"\xff","messages":[{}]}',
        b'{"model":"m","messages":["\xed\xa0\x80"]}',
    ],
)
def test_broken_utf_8_is_refused(body: bytes) -> None:
    with pytest.raises(BadRequest, match="not UTF-8"):
        decode_request(body)


def test_utf_16_is_refused() -> None:
    with pytest.raises(BadRequest):
        decode_request('{"model":"m","messages":[{}]}'.encode("utf-16"))


def test_half_surrogate_pairs_in_messages_are_the_vendors_to_judge() -> None:
    ask = decode_request(b'{"model":"m","messages":[{"role":"user","content":"\\ud83d"}]}')
    assert ask.model == "m"


def test_a_byte_order_mark_is_cut_and_places_are_moved() -> None:
    plain = request(stream=True)
    marked = b"\xef\xbb\xbf" + plain
    ask = decode_request(marked)
    start, end = ask.model_span
    assert marked[start:end] == b'"gpt-4o"'
    assert ask.fixes[0] == Edit(0, 3, b"")
    assert ask.weight == decode_request(plain).weight
    with pytest.raises(BadRequest):
        decode_request(b"\xef\xbb\xbf" + marked)


@pytest.mark.parametrize(
    ("options", "fix"),
    [
        (None, b'{"include_usage":true}'),
        ({}, b'"include_usage":true'),
        ({"other": 1}, b'"include_usage":true,'),
        ({"include_usage": False}, b"true"),
        ({"include_usage": None}, b"true"),
    ],
)
def test_a_stream_will_ask_for_usage(options: object, fix: bytes) -> None:
    ask = decode_request(request(stream=True, stream_options=options))
    assert not ask.include_usage
    assert [edit.text for edit in ask.fixes] == [fix]
    assert decode_request(request(stream_options=options)).fixes == ()


def test_a_body_of_20_mb_is_read() -> None:
    body = request(messages=[{"role": "user", "content": "好" * 6_600_000}])
    assert decode_request(body.decode("unicode_escape").encode()).weight.wide_chars == 6_600_000
