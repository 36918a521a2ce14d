"""What a response used."""

import json
from typing import Any

import msgspec
import pytest

from waystation.dialects.openai_responses.usage import beside_usage, hear_usage, hear_whole, searches_of, usage_of
from waystation.wire.usage import Heard, Usage


def heard(**usage: Any) -> Heard | None:
    return hear_usage(msgspec.Raw(json.dumps({"input_tokens": 9, "output_tokens": 5} | usage).encode()))


def test_every_bucket_is_heard() -> None:
    got = heard(
        input_tokens_details={"cached_tokens": 2, "cache_write_tokens": 3},
        output_tokens_details={"reasoning_tokens": 4},
    )
    usage = Usage(
        input_tokens=9,
        output_tokens=5,
        cache_read_input_tokens=2,
        cache_creation_input_tokens=3,
        reasoning_output_tokens=4,
    )
    assert got == Heard(usage, ())
    assert heard() == Heard(Usage(input_tokens=9, output_tokens=5), ())


@pytest.mark.parametrize(
    ("usage", "marks"),
    [
        ({"input_tokens_details": {"cached_tokens": 10}}, ("cache_read_above_whole",)),
        ({"input_tokens_details": {"cache_write_tokens": 10}}, ("cache_creation_above_whole",)),
        ({"output_tokens_details": {"reasoning_tokens": 6}}, ("reasoning_above_whole",)),
        ({"input_tokens": -1}, ("input_negative",)),
        ({"input_tokens_details": 5, "output_tokens_details": None}, ()),
    ],
)
def test_nonsense_is_mended(usage: dict[str, Any], marks: tuple[str, ...]) -> None:
    got = heard(**usage)
    assert got is not None
    assert got.marks == marks


@pytest.mark.parametrize("raw", [b"null", b"[]", b"{}", b'{"input_tokens":1}'])
def test_what_holds_no_count_is_not_heard(raw: bytes) -> None:
    assert hear_usage(msgspec.Raw(raw)) is None


def test_a_caller_gets_every_count() -> None:
    usage = Usage(input_tokens=9, output_tokens=5, cache_read_input_tokens=2, reasoning_output_tokens=4)
    assert usage_of(Heard(usage, ())) == {
        "input_tokens": 9,
        "input_tokens_details": {"cached_tokens": 2, "cache_write_tokens": 0},
        "output_tokens": 5,
        "output_tokens_details": {"reasoning_tokens": 4},
        "total_tokens": 14,
    }
    assert usage_of(Heard(Usage(cache_creation_input_tokens=3), ()))["input_tokens_details"] == {
        "cached_tokens": 0,
        "cache_write_tokens": 3,
    }


def test_what_else_stands_there_is_kept() -> None:
    raw = b'{"input_tokens":1,"cost":2,"input_tokens_details":{"cached_tokens":0,"x":1},"output_tokens_details":3}'
    assert beside_usage(msgspec.Raw(raw)) == {
        "cost": msgspec.Raw(b"2"),
        "input_tokens_details.x": msgspec.Raw(b"1"),
        "output_tokens_details": msgspec.Raw(b"3"),
    }
    assert beside_usage(msgspec.Raw(b"null")) == {}


def items(*raws: bytes) -> list[msgspec.Raw]:
    return [msgspec.Raw(raw) for raw in raws]


def test_searches_are_counted_and_what_only_speaks_of_them_is_not() -> None:
    searched = b'{"type":"web_search_call","id":"ws_1","action":{"type":"search","query":"q"}}'
    opened = b'{"type":"web_search_call","id":"ws_2","action":{"type":"open_page"}}'
    old = b'{"type":"web_search_call","id":"ws_3"}'
    spoken = b'{"type":"message","content":[{"type":"output_text","text":"web_search_call"}]}'
    broken = b'{"type":"web_search_call","action":5}'
    assert searches_of(items(searched, opened, old, spoken, broken)) == 2
    assert searches_of(items(spoken)) is None
    assert searches_of(None) is None


def test_the_whole_answer_tells_searches_and_tier() -> None:
    usage = msgspec.Raw(b'{"input_tokens":9,"output_tokens":5}')
    expected = Usage(input_tokens=9, output_tokens=5, searches=1, service_tier="flex")
    assert hear_whole(usage, items(b'{"type":"web_search_call"}'), "flex") == Heard(expected, ())
    assert hear_whole(usage, None, "default") == Heard(Usage(input_tokens=9, output_tokens=5), ())
    assert hear_whole(msgspec.Raw(b"null"), None, "flex") is None
