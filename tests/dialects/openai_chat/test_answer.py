"""An answer or a chunk is read leniently, and an error in its place is told apart."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from waystation.dialects.openai_chat.answer import Answer, OddAnswer, decode_answer, failure_of, hear_usage
from waystation.wire.errors import BadAnswer, VendorFailure
from waystation.wire.usage import COUNT_MAX, Heard, Usage, hear

DEEP = 1_000_000  # levels: Python 3.14 goes down as far as its stack of 8 MB bears
CHUNK = {
    "id": "chatcmpl-1",
    "object": "chat.completion.chunk",
    "model": "gpt-4o",
    "choices": [{"index": 0, "delta": {"content": "hi"}, "finish_reason": None}],
}


def usage_of(**members: object) -> Usage | None:
    heard = hear_usage(Raw(json.dumps(members).encode()))
    return None if heard is None else heard.usage


def test_a_chunk_is_typed() -> None:
    answer = decode_answer(json.dumps(CHUNK).encode())
    assert isinstance(answer, Answer)
    assert answer.choices
    assert answer.choices[0].delta
    assert answer.choices[0].delta.content == "hi"


@pytest.mark.parametrize(
    "choice",
    [
        {"index": "0", "delta": {"content": "hi"}},
        {"index": 0, "delta": {"content": 7}},
        {"index": 0, "delta": "hi"},
        {"index": 0, "delta": {}, "finish_reason": 1},
        {"index": 0, "delta": {"tool_calls": {}}},
    ],
)
def test_an_odd_chunk_is_an_answer_still(choice: object) -> None:
    assert isinstance(decode_answer(json.dumps({"choices": [choice]}).encode()), OddAnswer)


@pytest.mark.parametrize("half", [b"\\ud83d", b"\\ude00", b"a\\uD83Db", b"\xf0\x9f", b"\xff"])
def test_half_a_character_does_not_fail(half: bytes) -> None:
    answer = decode_answer(b'{"choices":[{"index":0,"delta":{"content":"' + half + b'"}}]}')
    assert isinstance(answer, Answer)


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"hello",
        b"[]",
        b"null",
        b'"text"',
        b"7",
        b'{"choices":',
        b'{"choices":{}}',
        b'{"choices":["x"]}',
        b'{"choices":[NaN]}',
        pytest.param(b'{"choices":' + b"[" * DEEP, id="deep and cut off"),
        pytest.param(b'{"x":' + b"[" * DEEP + b"]" * DEEP + b"}", id="deep list"),
        pytest.param(b'{"choices":[{"delta":' + b'{"a":' * DEEP + b"1" + b"}" * DEEP + b"}]}", id="deep object"),
    ],
)
def test_what_is_no_answer_is_refused(payload: bytes) -> None:
    with pytest.raises(BadAnswer):
        decode_answer(payload)


@pytest.mark.parametrize(
    ("payload", "code", "type_"),
    [
        ({"error": {"message": "Full", "type": "server_error", "code": "busy"}}, "busy", "server_error"),
        (
            {"error": {"code": 429, "message": "Slow"}, "choices": [{"delta": {}, "finish_reason": "error"}]},
            "429",
            None,
        ),
        ({"error": "boom goes it"}, None, None),
        ({"error_code": 17, "error_msg": "Daily limit"}, "17", None),
        ({"base_resp": {"status_code": 1008, "status_msg": "no balance"}, "choices": None}, "1008", None),
        ({"Response": {"Error": {"Code": "AuthFailure", "Message": "No key"}}}, "AuthFailure", None),
        ({"code": "Arrearage", "message": "Pay first"}, "Arrearage", None),
    ],
)
def test_an_error_in_place_of_an_answer_keeps_its_code_and_none_of_its_text(
    payload: dict[str, object], code: str | None, type_: str | None
) -> None:
    with pytest.raises(VendorFailure) as caught:
        decode_answer(json.dumps(payload).encode())
    assert (caught.value.vendor_code, caught.value.vendor_type) == (code, type_)
    for text in ("Full", "Slow", "boom", "limit", "balance", "No key", "Pay"):
        assert text not in caught.value.message


@pytest.mark.parametrize(
    "payload",
    [
        CHUNK | {"error": None},
        CHUNK | {"error": {}},
        CHUNK | {"error": ""},
        CHUNK | {"code": 0, "message": "Success"},
        {"code": 0, "message": "Success"},
        {"choices": [], "prompt_filter_results": []},
        {"ping": 1},
    ],
)
def test_what_only_looks_like_an_error_passes(payload: dict[str, object]) -> None:
    decode_answer(json.dumps(payload).encode())


def test_a_byte_order_mark_before_an_answer_is_let_be() -> None:
    assert decode_answer(b'\xef\xbb\xbf{"choices":[]}').choices == []


def test_a_failure_without_words_is_one() -> None:
    assert failure_of(b"<html>").vendor_code is None


def test_usage_is_heard_in_every_vendors_spelling() -> None:
    assert usage_of(prompt_tokens=9, completion_tokens=4) == Usage(input_tokens=9, output_tokens=4)
    assert usage_of(
        prompt_tokens=9,
        completion_tokens=4,
        total_tokens=13,
        prompt_tokens_details={"cached_tokens": 5, "cache_write_tokens": 2},
        completion_tokens_details={"reasoning_tokens": 3},
    ) == Usage(
        input_tokens=9,
        output_tokens=4,
        cache_read_input_tokens=5,
        cache_creation_input_tokens=2,
        reasoning_output_tokens=3,
    )
    assert usage_of(
        prompt_tokens=9, completion_tokens=4, prompt_cache_hit_tokens=6, prompt_cache_miss_tokens=3
    ) == Usage(input_tokens=9, output_tokens=4, cache_read_input_tokens=6)


def test_a_part_above_its_whole_is_mended() -> None:
    heard = hear_usage(
        Raw(b'{"prompt_tokens":9,"completion_tokens":4,"completion_tokens_details":{"reasoning_tokens":5}}')
    )
    assert heard == Heard(Usage(input_tokens=9, output_tokens=4, reasoning_output_tokens=4), ("reasoning_above_whole",))


counts = st.none() | st.booleans() | st.integers(-2, 9) | st.sampled_from([3.0, 2.5, COUNT_MAX, COUNT_MAX + 1, "5", []])
input_details = st.fixed_dictionaries({}, optional={"cached_tokens": counts, "cache_write_tokens": counts})
output_details = st.fixed_dictionaries({}, optional={"reasoning_tokens": counts})


@given(counts, counts, input_details, output_details, counts)
def test_usage_is_heard_as_its_numbers_are(
    prompt: object, completion: object, of_input: dict[str, object], of_output: dict[str, object], hit: object
) -> None:
    said = {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "prompt_tokens_details": of_input,
        "completion_tokens_details": of_output,
        "prompt_cache_hit_tokens": hit,
    }
    cached = of_input.get("cached_tokens")
    assert hear_usage(Raw(json.dumps(said).encode())) == hear(
        input_tokens=prompt,
        output_tokens=completion,
        cache_read_input_tokens=hit if cached is None else cached,
        cache_creation_input_tokens=of_input.get("cache_write_tokens"),
        reasoning_output_tokens=of_output.get("reasoning_tokens"),
    )


def test_nonsense_in_a_part_does_not_cost_the_whole() -> None:
    assert usage_of(
        prompt_tokens=9, completion_tokens=4, prompt_tokens_details="none", completion_tokens_details=[1]
    ) == Usage(input_tokens=9, output_tokens=4)


@pytest.mark.parametrize(
    "raw",
    [
        b"null",
        b"[]",
        b"{}",
        b'"5"',
        b'{"prompt_tokens":5}',
        b'{"prompt_tokens":"5","completion_tokens":"4"}',
        b'{"prompt_tokens":1e999,"completion_tokens":4}',
        b'{"prompt_tokens":"\xff","completion_tokens":4}',
        b'{"prompt_tokens":' + b"9" * 5_000 + b',"completion_tokens":4}',
        pytest.param(b'{"prompt_tokens":' + b"[" * DEEP + b"]" * DEEP + b"}", id="deep list"),
    ],
)
def test_usage_that_says_nothing_is_not_heard(raw: bytes) -> None:
    assert hear_usage(Raw(raw)) is None


def test_audio_and_images_are_heard() -> None:
    assert usage_of(
        prompt_tokens=9,
        completion_tokens=4,
        prompt_tokens_details={"audio_tokens": 5, "image_tokens": 2},
        completion_tokens_details={"audio_tokens": 3, "image_tokens": 1},
    ) == Usage(
        input_tokens=9,
        output_tokens=4,
        audio_input_tokens=5,
        image_input_tokens=2,
        audio_output_tokens=3,
        image_output_tokens=1,
    )
    cut = usage_of(prompt_tokens=9, completion_tokens=4, completion_tokens_details={"audio_tokens": 5})
    assert cut is not None
    assert cut.audio_output_tokens == 4
