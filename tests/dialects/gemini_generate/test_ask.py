"""What the house reads of a request."""

import json
from typing import Any

import pytest

from waystation.dialects.codec import Place
from waystation.dialects.gemini_generate.ask import count_weight, decode_ask
from waystation.wire.errors import BadRequest
from waystation.wire.estimate import Weight

HERE = Place(model="gemini-3-pro", stream=True, array=True)
HI = {"contents": [{"role": "user", "parts": [{"text": "hi"}]}]}


def ask(body: Any, place: Place = HERE) -> Any:
    return decode_ask(json.dumps(body).encode(), place)


def weight(body: Any) -> Weight:
    got: Weight = ask(body).weight
    return got


def test_model_and_stream_are_the_paths() -> None:
    got = ask(HI)
    assert (got.model, got.stream, got.array, got.include_usage) == ("gemini-3-pro", True, True, True)
    assert (got.choices, got.max_output_tokens, got.fixes) == (1, None, ())


@pytest.mark.parametrize("name", ["generationConfig", "generation_config"])
@pytest.mark.parametrize(
    ("bound", "count"), [("maxOutputTokens", "candidateCount"), ("max_output_tokens", "candidate_count")]
)
def test_the_bounds_are_read_in_both_spellings(name: str, bound: str, count: str) -> None:
    got = ask(HI | {name: {bound: 100, count: 3}})
    assert (got.max_output_tokens, got.choices) == (100, 3)


def test_null_counts_as_absent() -> None:
    assert ask(HI | {"generationConfig": None}).choices == 1
    assert ask(HI | {"generationConfig": {"candidateCount": None}}).choices == 1


@pytest.mark.parametrize(
    ("body", "param"),
    [
        (b"{}", "contents"),
        (b'{"contents":"hi"}', "contents"),
        (b'{"contents":0}', "contents"),
        (b'{"contents":[]}', "contents"),
        (b'{"contents":[],"contents":[]}', "contents"),
        (b'{"contents":[{}],"generationConfig":{},"generation_config":{}}', "generationConfig"),
        (b'{"contents":[{}],"generationConfig":5}', "generationConfig"),
        (b'{"contents":[{}],"generationConfig":{"candidateCount":9}}', "generationConfig.candidateCount"),
        (b'{"contents":[{}],"generationConfig":{"maxOutputTokens":0}}', "generationConfig.maxOutputTokens"),
        (b'{"contents":[{}],"generationConfig":{"maxOutputTokens":"5"}}', "generationConfig.maxOutputTokens"),
        (b'{"contents":[{}],"generationConfig":{"maxOutputTokens":5,"maxOutputTokens":6}}', "maxOutputTokens"),
        (b'{"contents":[{}],"generationConfig":{"topK":5,"top_k":6}}', "generationConfig.topK"),
        (b"[]", None),
        (b'{"contents":', None),
    ],
)
def test_a_body_that_can_not_be_understood_is_refused(body: bytes, param: str | None) -> None:
    with pytest.raises(BadRequest) as caught:
        decode_ask(body, HERE)
    assert caught.value.param == param


def test_a_model_is_needed() -> None:
    with pytest.raises(BadRequest):
        ask(HI, Place())


def test_text_weighs_wherever_it_stands() -> None:
    light = weight(HI)
    for more in (
        {"systemInstruction": {"parts": [{"text": "x" * 1000}]}},
        {"system_instruction": {"parts": [{"text": "x" * 1000}]}},
        {"tools": [{"functionDeclarations": [{"name": "x" * 1000}]}]},
        {"generationConfig": {"responseSchema": {"description": "x" * 1000}}},
    ):
        assert weight(HI | more).ascii_chars > light.ascii_chars + 1000
    assert weight(HI | {"labels": {"a": "x" * 1000}}) == light


@pytest.mark.parametrize(
    "data",
    [
        {"inlineData": {"mimeType": "image/png", "data": "A" * 9000}},
        {"inline_data": {"data": "A" * 9000, "mime_type": "image/png"}},
    ],
)
def test_media_weigh_as_media(data: object) -> None:
    body = {"contents": [{"parts": [data, {"fileData": {"fileUri": "gs://a"}}, {"text": "你好" * 50}]}]}
    got = decode_ask(json.dumps(body, ensure_ascii=False).encode(), HERE).weight
    assert got.media == 2
    assert got.wide_chars == 100
    assert got.ascii_chars < 400


def test_words_that_look_like_media_are_text() -> None:
    body = {"contents": [{"parts": [{"text": '"inlineData":{"data":"' + "A" * 500}]}]}
    got = weight(body)
    assert got.media == 0
    assert got.ascii_chars > 500


def test_large_bodies_are_read_too() -> None:
    body = {
        "contents": [{"parts": [{"inlineData": {"mimeType": "image/png", "data": "A" * 2_000_000}}]}],
        "systemInstruction": {"parts": [{"text": "x" * 1_500_000}]},
        "generationConfig": {"maxOutputTokens": 7},
    }
    got = ask(body)
    assert (got.max_output_tokens, got.weight.media) == (7, 1)
    assert 1_500_000 < got.weight.ascii_chars < 1_501_000


@pytest.mark.parametrize(
    "body", [b'{"contents":[' + b" " * 70_000, b'{"contents":[{}],"x":"' + b"x" * 1_100_000 + b'"}']
)
def test_large_bodies_are_refused_for_the_same(body: bytes) -> None:
    with pytest.raises(BadRequest):
        decode_ask(body, HERE)


def test_a_mark_before_the_body_is_passed_over() -> None:
    assert decode_ask(b"\xef\xbb\xbf" + json.dumps(HI).encode(), HERE) == ask(HI)


@pytest.mark.parametrize("body", [HI, {"generateContentRequest": HI}, {"generate_content_request": HI}])
def test_a_count_is_of_all_the_text(body: object) -> None:
    got = count_weight(json.dumps(body).encode())
    assert 50 < got.ascii_chars < 120


@pytest.mark.parametrize("body", [b"{}", b"[]", b'{"content":1}'])
def test_there_must_be_something_to_count(body: bytes) -> None:
    with pytest.raises(BadRequest):
        count_weight(body)
