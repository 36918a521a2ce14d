"""The dialect as a whole: requests patched in their own bytes, answers read, errors told."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waystation.dialects.codec import Codec, Complaint
from waystation.dialects.openai_chat import CODEC
from waystation.wire.errors import (
    BadAnswer,
    BadRequest,
    BodyTooLarge,
    InsufficientQuota,
    Misconfigured,
    NoRoute,
    UpstreamTimeout,
    VendorFailure,
    VendorRefusal,
    WaystationError,
)
from waystation.wire.estimate import Weight
from waystation.wire.usage import Heard, Usage

MESSAGES = b'"messages":[{"role":"user","content":"hi"}]'


def retarget(body: bytes, model: str = "new") -> bytes:
    return CODEC.retarget(body, CODEC.decode(body), model)


def test_it_is_a_codec() -> None:
    assert isinstance(CODEC, Codec)
    assert (CODEC.dialect, CODEC.operation_name, CODEC.paths) == ("openai.chat", "chat", ("/chat/completions",))


def test_a_plain_request_for_the_same_model_is_the_very_same_bytes() -> None:
    body = b'{"model":"m",%s}' % MESSAGES
    assert retarget(body, "m") is body


@pytest.mark.parametrize(
    ("body", "sent"),
    [
        (b'{"model":"m",%s}', b'{"model":"new",%s}'),
        (b'\n{ "model" : "m" ,\t%s }\n', b'\n{ "model" : "new" ,\t%s }\n'),
        (b'{"mod\\u0065l":"\\u006d",%s}', b'{"mod\\u0065l":"new",%s}'),
        (b'{"tools":[{"model":"m"}],%s,"model":"m"}', b'{"tools":[{"model":"m"}],%s,"model":"new"}'),
        (b'{"model":"m","seed":1e400,"x":1.50,%s}', b'{"model":"new","seed":1e400,"x":1.50,%s}'),
        (b'\xef\xbb\xbf{"model":"m",%s}', b'{"model":"new",%s}'),
    ],
)
def test_only_the_models_name_changes(body: bytes, sent: bytes) -> None:
    assert retarget(body % MESSAGES) == sent % MESSAGES


@pytest.mark.parametrize(
    ("options", "sent"),
    [
        (b"", b'{"stream_options":{"include_usage":true},"stream":true,"model":"new"'),
        (b'"stream_options":null,', b'{"stream_options":{"include_usage":true},"stream":true,"model":"new"'),
        (b'"stream_options":{},', b'{"stream_options":{"include_usage":true},"stream":true,"model":"new"'),
        (b'"stream_options":{ },', b'{"stream_options":{"include_usage":true },"stream":true,"model":"new"'),
        (b'"stream_options":{"a":1},', b'{"stream_options":{"include_usage":true,"a":1},"stream":true,"model":"new"'),
        (
            b'"stream_options":{"include_usage" : false,"a":1},',
            b'{"stream_options":{"include_usage" : true,"a":1},"stream":true,"model":"new"',
        ),
        (
            b'"stream_options":{"include_usage":true},',
            b'{"stream_options":{"include_usage":true},"stream":true,"model":"new"',
        ),
    ],
)
def test_a_stream_asks_for_usage(options: bytes, sent: bytes) -> None:
    body = b"{" + options + b'"stream":true,"model":"m",' + MESSAGES + b"}"
    assert retarget(body) == sent + b"," + MESSAGES + b"}"
    kept = sent.replace(b'"new"', b'"m"')
    assert retarget(body, "m") == kept + b"," + MESSAGES + b"}"


def test_a_plain_request_keeps_its_stream_options() -> None:
    body = b'{"model":"m","stream_options":{"include_usage":false},%s}' % MESSAGES
    assert retarget(body, "m") is body


def test_a_byte_order_mark_is_cut_even_for_the_same_model() -> None:
    body = b'\xef\xbb\xbf{"model":"m","stream":true,%s}' % MESSAGES
    assert retarget(body, "m") == b'{"stream_options":{"include_usage":true},' + body[4:]


def test_half_surrogate_pairs_reach_the_vendor_as_they_are() -> None:
    body = b'{"model":"m","messages":[{"role":"user","content":"\\ud83d \\uDE00"}]}'
    assert retarget(body) == body.replace(b'"m"', b'"new"')


members = st.dictionaries(
    st.text(max_size=5).filter(lambda name: name not in {"model", "messages", "stream", "stream_options", "n"}),
    st.none() | st.integers() | st.text(max_size=6) | st.lists(st.integers(), max_size=3),
    max_size=4,
)


options = st.sampled_from([None, {}, {"include_usage": False}, {"include_usage": True, "b": 2}])
separators = st.sampled_from([(",", ":"), (", ", ": ")])


@given(members, members, st.text(min_size=1, max_size=9), st.booleans(), options, separators, st.booleans())
def test_everything_but_model_and_usage_survives(
    before: dict[str, Any],
    after: dict[str, Any],
    model: str,
    stream: bool,
    stream_options: object,
    written_with: tuple[str, str],
    ascii_only: bool,
) -> None:
    said = before | {"model": "m", "messages": [{"é": "\ud83d" if ascii_only else ""}], "stream": stream} | after
    if stream_options is not None:
        said["stream_options"] = stream_options
    body = json.dumps(said, separators=written_with, ensure_ascii=ascii_only).encode()
    got = json.loads(retarget(body, model))
    if stream:
        assert got.pop("stream_options") == (said.pop("stream_options", None) or {}) | {"include_usage": True}
    assert got == said | {"model": model}


def test_a_plain_answer_is_read() -> None:
    answer = {
        "id": "chatcmpl-1",
        "model": "gpt-4o-2024-08-06",
        "choices": [
            {"index": 0, "message": {"role": "assistant", "content": "Hello"}, "finish_reason": "stop"},
            {"index": 1, "message": {"role": "assistant", "content": "你好"}, "finish_reason": "length"},
        ],
        "usage": {"prompt_tokens": 9, "completion_tokens": 4, "prompt_tokens_details": {"cached_tokens": 8}},
    }
    facts = CODEC.reply(b"\n\n" + json.dumps(answer).encode())
    assert facts.usage == Heard(Usage(input_tokens=9, output_tokens=4, cache_read_input_tokens=8), ())
    assert facts.response_model == "gpt-4o-2024-08-06"
    assert facts.finish_reasons == ("stop", "length")
    assert facts.weight == Weight(5, 2)


def test_a_plain_answer_may_lack_usage_and_finish() -> None:
    facts = CODEC.reply(b'{"code":0,"message":"Success","choices":[{"message":{"content":"hi"},"index":0}]}')
    assert facts.usage is None
    assert facts.finish_reasons == ()
    assert facts.weight == Weight(2)


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"{}", b'{"choices":[]}', b'{"choices":null,"usage":{}}', b"[" * 100_000]
)
def test_an_answer_without_choices_is_bad(body: bytes) -> None:
    with pytest.raises(BadAnswer):
        CODEC.reply(body)


def test_an_error_in_a_200_is_the_vendors_failure() -> None:
    with pytest.raises(VendorFailure) as caught:
        CODEC.reply(b'{"error":{"message":"no","type":"t","code":"c"}}')
    assert (caught.value.vendor_code, caught.value.vendor_type) == ("c", "t")


@pytest.mark.parametrize(
    ("error", "message", "type_", "code", "param"),
    [
        (BadRequest("'n' is odd.", param="n"), "'n' is odd.", "invalid_request_error", None, "n"),
        (
            VendorRefusal("Too long", status=400, type_="invalid_request_error", code="context_length_exceeded"),
            "Too long",
            "invalid_request_error",
            "context_length_exceeded",
            None,
        ),
        (InsufficientQuota("Budget spent."), "Budget spent.", "insufficient_quota", "insufficient_quota", None),
        (
            UpstreamTimeout("10.0.0.7:443 idle", phase="idle"),
            UpstreamTimeout.public_message,
            "upstream_error",
            "upstream_timeout",
            None,
        ),
        (NoRoute("main is benched"), NoRoute.public_message, "upstream_error", "no_upstream_available", None),
        (
            Misconfigured("/etc/secret"),
            "The gateway could not serve this call. Please try again later.",
            "server_error",
            "misconfigured",
            None,
        ),
    ],
)
def test_an_error_is_told_in_openais_shape(
    error: WaystationError, message: str, type_: str, code: str | None, param: str | None
) -> None:
    told = {"error": {"message": message, "type": type_, "param": param, "code": code}}
    assert json.loads(CODEC.error(error)) == told


def test_a_failure_in_a_stream_is_one_data_event_and_no_end() -> None:
    error = BodyTooLarge("10.0.0.7 sent 9 MB")
    assert CODEC.fail(error) == b"data: " + CODEC.error(error) + b"\n\n"
    assert CODEC.fail(BadRequest("two\nlines")).count(b"\n") == 2


def test_the_keep_alive_is_a_comment() -> None:
    assert CODEC.keep_alive == b": keep-alive\n\n"


def test_complaints_are_read() -> None:
    assert CODEC.complaint(b'{"error":{"message":"no","code":"c"}}') == Complaint("no", None, "c")


def test_a_reader_is_for_one_ask() -> None:
    ask = CODEC.decode(b'{"model":"m","stream":true,%s}' % MESSAGES)
    assert CODEC.reader(ask) is not CODEC.reader(ask)
