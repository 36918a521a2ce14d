"""Text is counted without being read, and inline media are not text."""

import base64
import json
from typing import Any

import pytest

from waystation.dialects.members import spans_of
from waystation.dialects.weighing import weigh_members, weight_of
from waystation.wire.estimate import Weight


def weigh(messages: list[Any], *, ascii_only: bool = False) -> Weight:
    body = json.dumps({"messages": messages}, ensure_ascii=ascii_only).encode()
    start, end = spans_of(body)["messages"]
    return weigh_members(body, len(body.decode()), end - start, (start, end))


@pytest.mark.parametrize(
    ("text", "weight"),
    [
        ("", Weight()),
        ("hello", Weight(5, 0)),
        ("你好", Weight(0, 2)),
        ("Привет", Weight(3, 3)),
        ("héé", Weight(2, 1)),
        ("a你", Weight(1, 1)),
        ("😀😀", Weight(0, 3)),
    ],
)
def test_a_text_weighs_by_its_bytes(text: str, weight: Weight) -> None:
    assert weight_of(len(text.encode()), len(text)) == weight


def test_json_weighs_what_it_is_written_with() -> None:
    assert weigh(["hello"]) == Weight(len('["hello"]'), 0)
    assert weigh(["你好"]) == Weight(len('[""]'), 2)


def test_an_escape_is_one_wide_character() -> None:
    assert weigh(["你好"], ascii_only=True) == Weight(len('[""]'), 2)
    assert weigh(["line\n" * 3]) == Weight(len('["line\\nline\\nline\\n"]'), 0)


def test_escapes_in_a_long_text_are_found_by_samples() -> None:
    assert weigh(["你" * 10_000], ascii_only=True) == Weight(4, 10_000)


def test_escapes_that_no_sample_shows_make_the_weight_larger_only() -> None:
    text = "\n" * 50_000
    hidden = weigh([text[:1_000] + "你" + text], ascii_only=True)
    assert hidden == Weight(4 + 2_000 + 6 + 2 * len(text), 0)


@pytest.mark.parametrize("url_name", ["image_url", "video_url"])
def test_an_inline_url_is_media_and_not_text(url_name: str) -> None:
    inline = "data:image/png;base64," + base64.b64encode(bytes(60_000)).decode()
    messages = [{"role": "user", "content": [{"type": url_name, url_name: {"url": inline}}]}]
    got = weigh(messages)
    assert got.media == 1
    assert got.ascii_chars < 100


def test_inline_sound_is_media_wherever_its_format_stands() -> None:
    data = base64.b64encode(bytes(60_000)).decode()
    parts = [
        {"type": "input_audio", "input_audio": {"data": data, "format": "wav"}},
        {"type": "input_audio", "input_audio": {"format": "wav", "data": data}},
    ]
    got = weigh([{"role": "user", "content": parts}])
    assert got.media == 2
    assert got.ascii_chars < 250


def test_an_inline_file_is_media() -> None:
    inline = "data:application/pdf;base64," + "A" * 50_000
    part = {"type": "file", "file": {"filename": "a.pdf", "file_data": inline}}
    got = weigh([{"role": "user", "content": [{"type": "text", "text": "read"}, part]}])
    assert got.media == 1
    assert got.ascii_chars < 200


def test_an_image_elsewhere_is_media_too() -> None:
    part = {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}
    assert weigh([{"role": "user", "content": [part, part]}]).media == 2


@pytest.mark.parametrize(
    "text",
    [
        "data:image/png;base64," + "A" * 5_000,
        '","type":"image_url","image_url":{"url":"data:image/png;base64,' + "A" * 5_000,
    ],
)
def test_a_prompt_that_looks_like_media_is_text(text: str) -> None:
    image = {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}
    got = weigh([{"role": "user", "content": [{"type": "text", "text": text}, image]}])
    assert got.media == 1
    assert got.ascii_chars > 5_000


def test_parts_of_text_are_no_media() -> None:
    got = weigh([{"role": "user", "content": [{"type": "text", "text": "hi"}]}])
    assert got == Weight(len('[{"role": "user", "content": [{"type": "text", "text": "hi"}]}]'))


def test_a_flood_of_inline_media_is_looked_at_within_a_bound() -> None:
    flood = [{"type": "image_url", "url": "data:" + "A" * 10}] * 5_000
    got = weigh([{"role": "user", "content": flood}])
    assert got.media == 2_500
    assert got.ascii_chars > 5_000 * len('{"type": "image_url", "url": ""}')
    sound = [{"type": "text", "input_audio": {"data": "A" * 10}}] * 5_000
    assert weigh([{"role": "user", "content": sound}]).ascii_chars > 5_000 * 45 + 900 * 10


def weigh_sources(messages: list[Any]) -> Weight:
    body = json.dumps({"messages": messages}).encode()
    start, end = spans_of(body)["messages"]
    return weigh_members(body, len(body), end - start, (start, end), sources=True)


@pytest.mark.parametrize(
    "source",
    [
        {"type": "base64", "media_type": "image/png", "data": "A" * 5_000},
        {"media_type": "image/png", "type": "base64", "data": "A" * 5_000},
        {"type": "base64", "data": "A" * 5_000, "media_type": "image/png"},
        {"data": "A" * 5_000, "media_type": "image/png", "type": "base64"},
        {"type": "url", "url": "https://example.com/a.png"},
        {"type": "file", "file_id": "file_1"},
    ],
)
def test_a_source_is_media_in_whatever_order_it_is_written(source: dict[str, str]) -> None:
    got = weigh_sources([{"role": "user", "content": [{"type": "image", "source": source}]}])
    assert got.media == 1
    assert got.ascii_chars < 250


@pytest.mark.parametrize(
    "block",
    [
        {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "a" * 5_000}},
        {"type": "document", "source": {"data": "a" * 5_000, "type": "text"}, "title": "base64"},
        {"type": "document", "source": {"type": "content", "content": "a" * 5_000}},
        {"type": "search_result", "source": "a" * 5_000},
        {"type": "text", "text": '"source":{"type":"base64","data":"' + "a" * 5_000},
    ],
)
def test_text_in_a_source_is_text(block: dict[str, Any]) -> None:
    got = weigh_sources([{"role": "user", "content": [block]}])
    assert got.media == 0
    assert got.ascii_chars > 5_000


def test_a_flood_of_sources_is_looked_at_within_a_bound() -> None:
    flood = [{"type": "image", "source": {"type": "base64", "data": "A"}}] * 5_000
    assert weigh_sources([{"role": "user", "content": flood}]).media == 4_096
