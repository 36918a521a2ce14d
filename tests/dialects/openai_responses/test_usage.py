"""What a response used."""

import json
from typing import Any

import msgspec
import pytest

from waystation.dialects.openai_responses.usage import beside_usage, hear_usage, usage_of
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
