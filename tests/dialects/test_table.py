import pytest
from hypothesis import given
from hypothesis import strategies as st

from waystation.dialects.table import Table, said
from waystation.wire.errors import BadAnswer, BadRequest

ALL = b'{"a":"x","b":["y","z"],"c":5.0,"d":null,"e":{"f":true},"g":[{"h":1},{"h":2}]}'


def test_members_are_taken_and_the_rest_is_left() -> None:
    table = Table(ALL)
    assert "a" in table
    assert "d" not in table
    assert (table.text("a"), table.texts("b"), table.whole("c"), table.number("d")) == ("x", ["y", "z"], 5, None)
    inner = table.table("e")
    assert inner is not None
    assert inner.flag("f") is True
    assert dict(inner.left()) == {}
    assert [row.whole("h") for row in table.tables("g")] == [1, 2]
    assert dict(Table(ALL).left()).keys() == {"a", "b", "c", "e", "g"}


def test_what_a_member_opens_with_is_seen_without_taking_it() -> None:
    table = Table(ALL)
    assert [table.opens(name) for name in "abcdez"] == ['"', "[", "5", "", "{", ""]
    assert table.text("a") == "x"


def test_absent_members_are_none_or_empty() -> None:
    table = Table(b"{}")
    assert (table.text("a"), table.table("b"), table.rows("c"), table.texts("d"), table.raw("e")) == (
        None,
        None,
        [],
        [],
        None,
    )
    assert Table(b'{"a":"one"}').texts("a") == ["one"]


@pytest.mark.parametrize(
    ("take", "param"),
    [
        (lambda table: table.flag("a"), "a"),
        (lambda table: table.text("c"), "c"),
        (lambda table: table.table("a"), "a"),
        (lambda table: table.texts("g"), "g"),
        (lambda table: table.rows("a"), "a"),
        (lambda table: table.tables("b"), "b[0]"),
        (lambda table: table.table("e").number("f"), "e.f"),
        (lambda table: table.need("zz", None), "zz"),
    ],
)
def test_what_is_wrong_is_named_by_its_whole_path(take: object, param: str) -> None:
    with pytest.raises(BadRequest) as refused:
        take(Table(ALL))  # type: ignore[operator]
    assert refused.value.param == param
    assert repr(param) in refused.value.message


def test_a_fraction_is_no_whole_number() -> None:
    with pytest.raises(BadRequest, match="whole number"):
        Table(b'{"n":1.5}').whole("n")


def test_a_vendors_mistakes_are_bad_answers() -> None:
    with pytest.raises(BadAnswer):
        Table(b"[]", answer=True)
    with pytest.raises(BadAnswer):
        Table(b'{"a":{"b":1}}', answer=True).table("a").text("b")  # type: ignore[union-attr]


@pytest.mark.parametrize("body", [b"", b"[1]", b"{", b'{"a":', b"null", b"nope", b"[" * 100_000])
def test_what_is_no_object_is_refused(body: bytes) -> None:
    with pytest.raises(BadRequest, match="body"):
        Table(body)


def test_half_surrogate_pairs_and_broken_utf8_are_mended_and_whole_ones_kept() -> None:
    table = Table(rb'{"a":"x\ud83dy \ud83d\ude00 \\ud83d \ude00"}')
    assert table.text("a") == "x\ufffdy 😀 \\ud83d \ufffd"
    assert Table(b'{"a":"caf\xe9"}').text("a") == "caf\ufffd"


def test_what_has_nothing_to_say_is_left_out() -> None:
    assert said({"a": None, "b": 0, "c": ""}) == {"b": 0, "c": ""}
    with pytest.raises(BadRequest, match=r"'a\.b' must be shorter"):
        Table(b"{}", "a").wrong("b", "shorter")
    with pytest.raises(BadRequest, match="'a' must be shorter"):
        Table(b"{}", "a").wrong("", "shorter")


@given(st.binary(max_size=60))
def test_no_bytes_raise_anything_else(body: bytes) -> None:
    try:
        table = Table(body)
        for name in list(table.left()):
            table.text(name)
    except BadRequest:
        pass
