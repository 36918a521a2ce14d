"""JSON of callers, read into types."""

import msgspec
import pytest

from waystation.demo.reading import read, turned
from waystation.demo.refusals import BAD_JSON, Refused


class _Asked(msgspec.Struct):
    text: str = ""


def test_a_lone_surrogate_becomes_a_question_mark() -> None:
    assert read(rb'{"text": "\ud83d!"}', _Asked).text == "?!"


@pytest.mark.parametrize("body", [b"", b"{", b"NaN", b'{"a":' + b"[" * 100_000])
def test_what_is_no_json_is_refused(body: bytes) -> None:
    with pytest.raises(Refused) as refused:
        read(body, dict[str, object])
    assert refused.value.refusal == BAD_JSON


@pytest.mark.parametrize("body", [b'{"text": 1}', rb'{"text": ["\ud83d"]}'])
def test_a_wrong_type_is_named(body: bytes) -> None:
    with pytest.raises(Refused, match=r"\$\.text"):
        read(body, _Asked)


def test_plain_json_becomes_a_type() -> None:
    assert turned({"text": "a"}, _Asked, "body").text == "a"
    with pytest.raises(Refused, match=r"Invalid 'body': .*\$\.text"):
        turned({"text": 1}, _Asked, "body")
