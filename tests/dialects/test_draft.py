import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waystation.dialects.draft import Draft, path_of
from waystation.wire.errors import BadRequest

BODY = b'{ "a" : 1 ,\t"b":{"c": [1,  2], "d":"x"},"e":null , "f" : "y" }'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a", ("a",)),
        ("thinking.type", ("thinking", "type")),
        ("/a.b/c~1d~0", ("a.b", "c/d~")),
        ("a/b", ("a/b",)),
    ],
)
def test_a_path_has_dots_or_is_a_pointer(text: str, expected: tuple[str, ...]) -> None:
    assert path_of(text) == expected


@pytest.mark.parametrize("text", ["", ".", "a.", ".a", "a..b", "/", "/a/", "//a"])
def test_a_path_without_a_name_is_none(text: str) -> None:
    with pytest.raises(ValueError, match="a name is empty"):
        path_of(text)


def test_what_is_not_changed_is_the_same_bytes() -> None:
    assert Draft(BODY).text() is BODY


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("a", b'{ "a" : 7 ,\t"b":{"c": [1,  2], "d":"x"},"e":null , "f" : "y" }'),
        ("b.d", b'{ "a" : 1 ,\t"b":{"c": [1,  2], "d":7},"e":null , "f" : "y" }'),
        ("b.n", b'{ "a" : 1 ,\t"b":{"c": [1,  2], "d":"x","n":7},"e":null , "f" : "y" }'),
        ("b", b'{ "a" : 1 ,\t"b":7,"e":null , "f" : "y" }'),
        ("e", b'{ "a" : 1 ,\t"b":{"c": [1,  2], "d":"x"},"e":7 , "f" : "y" }'),
        ("e.n", b'{ "a" : 1 ,\t"b":{"c": [1,  2], "d":"x"},"e":{"n":7} , "f" : "y" }'),
        ("n", b'{ "a" : 1 ,\t"b":{"c": [1,  2], "d":"x"},"e":null , "f" : "y","n":7 }'),
        ("n.o.p", b'{ "a" : 1 ,\t"b":{"c": [1,  2], "d":"x"},"e":null , "f" : "y","n":{"o":{"p":7}} }'),
    ],
)
def test_a_member_is_put_and_the_rest_stays(path: str, expected: bytes) -> None:
    draft = Draft(BODY)
    assert draft.put(path_of(path), b"7")
    assert draft.text() == expected


@pytest.mark.parametrize("path", ["a.n", "b.c.n", "b.c.0", "f.n.o"])
def test_nothing_is_put_behind_what_is_no_object(path: str) -> None:
    draft = Draft(BODY)
    assert not draft.put(path_of(path), b"7")
    draft.drop(path_of(path))
    assert draft.text() == BODY


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ("a", b'{ \t"b":{"c": [1,  2], "d":"x"},"e":null , "f" : "y" }'),
        ("f", b'{ "a" : 1 ,\t"b":{"c": [1,  2], "d":"x"},"e":null }'),
        ("b", b'{ "a" : 1,"e":null , "f" : "y" }'),
        ("a b", b'{"e":null , "f" : "y" }'),
        ("a b e f", b"{ }"),
        ("b.c", b'{ "a" : 1 ,\t"b":{ "d":"x"},"e":null , "f" : "y" }'),
        ("b.c b.d", b'{ "a" : 1 ,\t"b":{},"e":null , "f" : "y" }'),
        ("x b.x a.x e.x", BODY),
    ],
)
def test_members_are_dropped_with_their_commas(names: str, expected: bytes) -> None:
    draft = Draft(BODY)
    for name in names.split():
        draft.drop(path_of(name))
    assert draft.text() == expected
    json.loads(expected)


@pytest.mark.parametrize(
    ("path", "to", "expected"),
    [
        ("a", "n", b'{ "n" : 1 ,\t"b":{"c": [1,  2], "d":"x"},"e":null , "f" : "y" }'),
        ("b.c", "b.n", b'{ "a" : 1 ,\t"b":{"n": [1,  2], "d":"x"},"e":null , "f" : "y" }'),
        ("b.c", "n", b'{ "a" : 1 ,\t"b":{ "d":"x"},"e":null , "f" : "y","n":[1,  2] }'),
        ("a", "n.o", b'{ \t"b":{"c": [1,  2], "d":"x"},"e":null , "f" : "y","n":{"o":1} }'),
        ("a", "f", b'{ \t"b":{"c": [1,  2], "d":"x"},"e":null , "f" : "y" }'),
        ("a", "e", b'{ "e" : 1 ,\t"b":{"c": [1,  2], "d":"x"} , "f" : "y" }'),
    ],
)
def test_a_member_moves_with_its_bytes(path: str, to: str, expected: bytes) -> None:
    draft = Draft(BODY)
    assert draft.move(path_of(path), path_of(to))
    assert draft.text() == expected


@pytest.mark.parametrize(("path", "to"), [("n", "m"), ("e", "m"), ("a", "f.n"), ("a", "b.c.n"), ("b.c.x", "m")])
def test_what_can_not_move_stays(path: str, to: str) -> None:
    draft = Draft(BODY)
    assert not draft.move(path_of(path), path_of(to))
    assert draft.text() == BODY


def test_changes_build_on_each_other() -> None:
    draft = Draft(b'{"max_tokens":5,"x":{}}')
    draft.move(("max_tokens",), ("bound",))
    draft.put(("bound",), b"6")
    draft.put(("x", "y"), b"1")
    draft.move(("x", "y"), ("x", "z"))
    draft.put(("new",), b'{"a":1}')
    draft.put(("new", "b"), b"2")
    draft.move(("new",), ("newer",))
    draft.drop(("gone",))
    assert draft.text() == b'{"bound":6,"x":{"z":1},"newer":{"a":1,"b":2}}'


def test_what_was_dropped_may_be_put_again() -> None:
    draft = Draft(b'{"a":1,"b":2}')
    draft.drop(("a",))
    assert not draft.has(("a",))
    draft.put(("a",), b"3")
    assert draft.text() == b'{"b":2,"a":3}'


@pytest.mark.parametrize(
    ("path", "expected"),
    [("a", 1), ("f", "y"), ("b.d", "x"), ("b", None), ("b.c", None), ("e", None), ("n", None), ("a.n", None)],
)
def test_short_values_are_read(path: str, expected: object) -> None:
    draft = Draft(BODY)
    assert draft.scalar(path_of(path)) == expected
    assert draft.has(path_of(path)) == (path in {"a", "b", "f", "b.d", "b.c"})
    assert draft.text() == BODY


def test_what_is_long_or_no_text_is_not_read() -> None:
    assert Draft(b'{"a":"%b","b":"\\ud83d"}' % (b"x" * 2000)).scalar(("a",)) is None
    assert Draft(b'{"b":"\\ud83d"}').scalar(("b",)) is None
    assert Draft(b'{"b":"\xff"}').scalar(("b",)) is None


def test_names_with_escapes_are_replaced_whole() -> None:
    draft = Draft(b'{ "a\\"\\u00e9" :1, "b": 2}')
    assert draft.move(('a"é',), ("c",))
    assert draft.text() == b'{ "c" :1, "b": 2}'


def test_what_is_no_object_or_says_a_member_twice_is_refused() -> None:
    with pytest.raises(BadRequest, match="JSON object"):
        Draft(b"[]")
    with pytest.raises(BadRequest, match="given twice"):
        Draft(b'{"a":{"b":1,"b":2}}').put(("a", "b"), b"1")


@pytest.mark.parametrize("name", ["messages", "input", "contents", "systemInstruction", "texts", "inputs"])
def test_what_a_call_says_may_be_large(name: str) -> None:
    said = b'"%b":["%b"]' % (name.encode(), b"x" * 2_000_000)
    draft = Draft(b'{"a":1,%b,"b":2}' % said)
    draft.drop(("a",))
    draft.put(("c",), b"3")
    assert draft.text() == b'{%b,"b":2,"c":3}' % said


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text('ab"\\é{,:}', max_size=3),
    lambda inner: st.dictionaries(st.sampled_from("abc"), inner, max_size=3) | st.lists(inner, max_size=2),
    max_leaves=8,
)
_PATHS = st.lists(st.sampled_from("abc"), min_size=1, max_size=3).map(tuple)
_STEPS = st.lists(st.tuples(st.sampled_from(["put", "drop", "move"]), _PATHS, _PATHS, _VALUES), max_size=5)


@given(st.dictionaries(st.sampled_from("abc"), _VALUES, max_size=3), _STEPS, st.sampled_from([None, 1]))
def test_a_draft_is_changed_as_its_value_is(value: dict[str, Any], steps: list[Any], indent: int | None) -> None:
    draft = Draft(json.dumps(value, indent=indent).encode())
    for action, path, to, new in steps:
        if action == "put":
            draft.put(path, json.dumps(new).encode())
            _put(value, path, new)
        elif action == "drop":
            draft.drop(path)
            _drop(value, path)
        elif path[: len(to)] != to[: len(path)]:
            draft.move(path, to)
            _move(value, path, to)
    assert json.loads(draft.text()) == value


def _home(value: Any, path: tuple[str, ...], *, make: bool = False) -> dict[str, Any] | None:
    for name in path[:-1]:
        if make and value.get(name) is None:
            value[name] = {}
        value = value.get(name)
        if not isinstance(value, dict):
            return None
    return value  # type: ignore[no-any-return]


def _put(value: Any, path: tuple[str, ...], new: object) -> bool:
    home = _home(value, path, make=True)
    if home is not None:
        home[path[-1]] = new
    return home is not None


def _drop(value: Any, path: tuple[str, ...]) -> None:
    home = _home(value, path)
    if home is not None:
        home.pop(path[-1], None)


def _move(value: Any, path: tuple[str, ...], to: tuple[str, ...]) -> None:
    home = _home(value, path)
    if home is None or home.get(path[-1]) is None:
        return
    there = _home(value, to, make=True)
    if there is None:
        return
    moved = home.pop(path[-1])
    if there.get(to[-1]) is None:
        there[to[-1]] = moved
