"""Where members stand: exactly, for every way of writing the same object."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waystation.dialects.members import spans_of, without_surrogates
from waystation.wire.errors import BadRequest

DEEP = 1_000_000  # levels: Python 3.14 goes down as far as its stack of 8 MB bears

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
spacings = st.sampled_from([(",", ":"), (", ", ": "), (" ,\n", "\t:\r\n ")])


def write(pairs: list[tuple[str, Any]], spacing: tuple[str, str], ascii_only: bool) -> bytes:
    comma, colon = spacing
    members = [json.dumps(key, ensure_ascii=ascii_only) + colon + json.dumps(value) for key, value in pairs]
    return ("{" + comma.join(members) + "}").encode("utf-8", "surrogatepass")


def members(body: bytes) -> dict[str, bytes]:
    return {name: body[start:end] for name, (start, end) in spans_of(body).items()}


@pytest.mark.parametrize(
    "body",
    [
        b'{"model":"m","n":[1, 2]}',
        b'{"model": "m", "n": [1, 2]}',
        b' \n{\t"model" :"m"\r\n,"n": [1, 2] } \n',
        b'{"mod\\u0065l":"m","n":[1, 2]}',
    ],
)
def test_members_are_found_however_they_are_written(body: bytes) -> None:
    assert members(body) == {"model": b'"m"', "n": b"[1, 2]"}


def test_an_empty_object_has_no_members() -> None:
    assert spans_of(b"{}") == {}
    assert spans_of(b" { } ") == {}


def test_quotes_and_braces_inside_strings_are_text() -> None:
    body = b'{"a":"}\\",\\"model\\":\\"x\\",{", "model":"m"}'
    assert members(body)["model"] == b'"m"'


@pytest.mark.parametrize(
    "body",
    [
        b'{"model":"a","model":"b"}',
        b'{"model":"a","model":"a"}',
        b'{"model":"a","x":{"model":"c"},"model":"b"}',
        b'{"model":"a","mod\\u0065l":"b"}',
        b'{"model": "a", "\\u006dodel": "a"}',
    ],
)
def test_a_member_given_twice_is_refused(body: bytes) -> None:
    with pytest.raises(BadRequest, match="given twice") as caught:
        spans_of(body)
    assert caught.value.param == "model"


@pytest.mark.parametrize("body", [b'{"n":12,"n":1}', b'{"n":1,"n":12}', b'{"n":1.5,"n":1}', b'{"a":0,"n":10,"n":1}'])
def test_a_number_that_begins_like_its_double_is_refused(body: bytes) -> None:
    with pytest.raises(BadRequest, match="'n' is given twice"):
        spans_of(body)


def test_a_double_can_not_pass_off_an_inner_member_as_an_outer_one() -> None:
    """The last value of a is as long as the first one's beginning, so a careless walk would go on inside."""
    with pytest.raises(BadRequest, match="'a' is given twice"):
        spans_of(b'{"a":{"z":1,"model":"x"},"a":123456}')


def test_a_double_that_is_as_long_as_the_spaces_of_a_spaced_body_is_refused() -> None:
    """Lengths alone can't tell b from a: nine spaces take the place of one more member."""
    spaced = b'{"a": 1, "b": 2, "c": 3, "d": 4, "e": 5}'
    doubled = b'{"a":1,"b":2,"c":3,"d":4,"e":5,"a":1234}'
    assert len(doubled) == len(spaced)
    assert len(spans_of(spaced)) == 5
    with pytest.raises(BadRequest):
        spans_of(doubled)


@given(st.lists(st.tuples(st.text(max_size=4), values), max_size=5), spacings, st.booleans())
def test_every_object_is_measured_or_refused(
    pairs: list[tuple[str, Any]], spacing: tuple[str, str], ascii_only: bool
) -> None:
    body = write(pairs, spacing, ascii_only)
    if len(dict(pairs)) < len(pairs):
        with pytest.raises(BadRequest, match="given twice"):
            spans_of(body)
    else:
        got = members(body)
        assert list(got) == [key for key, _ in pairs]
        assert {key: json.loads(text) for key, text in got.items()} == dict(pairs)


@pytest.mark.parametrize("number", [b"9" * 5_000, b"1e999", b"-0.0", b"1.0000000000000000000001"])
def test_numbers_of_any_size_are_let_be(number: bytes) -> None:
    assert members(b'{"seed":' + number + b"}") == {"seed": number}


def test_half_surrogate_pairs_are_let_through() -> None:
    body = b'{"model":"m","messages":["\\ud83d","\\uDE00x","\\\\ud83d"]}'
    assert members(body) == {"model": b'"m"', "messages": b'["\\ud83d","\\uDE00x","\\\\ud83d"]'}


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "not valid JSON"),
        (b'{"a":1', "not valid JSON"),
        (b'{"a":1}}', "not valid JSON"),
        (b'{"a":NaN}', "not valid JSON"),
        (b'{"a":-Infinity}', "not valid JSON"),
        (b'{"a":01}', "not valid JSON"),
        (b'{"a":1,}', "not valid JSON"),
        (b"{'a':1}", "not valid JSON"),
        (b'{"a":"\\ud83d"', "not valid JSON"),
        (b'{"a":"\x01"}', "not valid JSON"),
        (b"[]", "must be a JSON object"),
        (b'"{}"', "must be a JSON object"),
        (b"null", "must be a JSON object"),
        (b'{"\xff":1}', "not UTF-8"),
        pytest.param(b'{"a":' + b"[" * DEEP + b"]" * DEEP + b"}", "nested too deeply", id="deep list"),
        pytest.param(b'{"a":' * DEEP + b"1" + b"}" * DEEP, "nested too deeply", id="deep object"),
    ],
)
def test_what_is_no_object_is_refused(body: bytes, message: str) -> None:
    with pytest.raises(BadRequest, match=message):
        spans_of(body)


def test_millions_of_small_members_are_refused_before_they_are_made() -> None:
    body = b"{" + b",".join(b'"%x":1' % number for number in range(300_000)) + b"}"
    with pytest.raises(BadRequest, match="Members other than messages"):
        spans_of(body)


def test_more_than_a_thousand_members_are_refused() -> None:
    body = b"{" + b",".join(b'"%x":1' % number for number in range(1_001)) + b"}"
    with pytest.raises(BadRequest, match="more than 1000 members"):
        spans_of(body)


def test_a_large_body_of_messages_passes() -> None:
    body = b'{"model":"m","messages":["' + b"x" * 3_000_000 + b'"]}'
    assert spans_of(body)["model"] == (9, 12)


def test_without_surrogates_keeps_every_place() -> None:
    assert without_surrogates(b'"a\\ud83d\\uDE00"') == b'"a\\u083d\\u0E00"'
    assert without_surrogates(b'"\\u00e9"') == b'"\\u00e9"'
