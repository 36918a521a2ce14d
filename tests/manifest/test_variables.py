import pytest
from hypothesis import given
from hypothesis import strategies as st

from waystation.manifest.variables import escape, fill

ENVIRON = {"KEY_A": "aaa", "EMPTY": "", "NESTED": "${KEY_A}"}


@pytest.mark.parametrize(
    ("text", "filled", "names"),
    [
        ("plain $5 and $KEY_A", "plain $5 and $KEY_A", ()),
        ("${KEY_A}", "aaa", ("KEY_A",)),
        ("<${KEY_A}-${KEY_A}>", "<aaa-aaa>", ("KEY_A", "KEY_A")),
        ("${NOPE:-other}", "other", ()),
        ("${NOPE:-}", "", ()),
        ("${KEY_A:-other}", "aaa", ("KEY_A",)),
        ("${EMPTY:-other}", "other", ()),
        ("${EMPTY}", "", ("EMPTY",)),
        ("${NESTED}", "${KEY_A}", ("NESTED",)),
        ("$${KEY_A}", "${KEY_A}", ()),
        ("${NOPE:-http://x:1}", "http://x:1", ()),
    ],
)
def test_variables_are_filled_in(text: str, filled: str, names: tuple[str, ...]) -> None:
    assert fill(text, ENVIRON) == (filled, names)


def test_a_missing_variable_is_named() -> None:
    with pytest.raises(ValueError, match="the environment variable NOPE is not set"):
        fill("x${NOPE}", ENVIRON)


@pytest.mark.parametrize("text", ["${", "${}", "${1A}", "${KEY A}", "${KEY_A", "${KEY_A:+x}"])
def test_what_is_no_variable_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="does not begin a variable"):
        fill(text, ENVIRON)


@given(st.text(alphabet="${}:-aA_ ", max_size=30))
def test_escaped_text_comes_back(text: str) -> None:
    assert fill(escape(text), {}) == (text, ())
