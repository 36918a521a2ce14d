import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waystation.routing.regex import PROGRAM_MAX, Regex

ATOMS = st.sampled_from(["a", "b", "-", r"\.", ".", "[ab]", "[^a]", "[a-c]", r"\d", r"\w", r"[\d-]"])
SIGNS = st.sampled_from(["", "*", "+", "?", "{2}", "{1,3}", "{0,2}", "{2,}", "*?", "+?", "??"])


def expressions() -> st.SearchStrategy[str]:
    return st.recursive(
        st.builds(lambda atom, sign: atom + sign, ATOMS, SIGNS),
        lambda inner: st.one_of(
            st.builds(lambda one, other: one + other, inner, inner),
            st.builds(lambda one, other, sign: f"(?:{one}|{other}){sign}", inner, inner, SIGNS),
            st.builds(lambda one: f"({one})", inner),
        ),
        max_leaves=6,
    )


@given(text=expressions(), name=st.text("abc-1.", max_size=8))
def test_it_matches_what_python_matches(text: str, name: str) -> None:
    try:
        found = Regex(text).match(name)
    except ValueError:  # it has more instructions or groups than may be
        return
    assert (found is None) == (re.fullmatch(text, name) is None)


@given(
    parts=st.lists(st.builds(lambda atom, sign: f"({atom}{sign})", ATOMS, SIGNS), max_size=5),
    name=st.text("abc-1.", max_size=8),
)
def test_it_captures_what_python_captures(parts: list[str], name: str) -> None:
    text = "|".join(("".join(parts), *parts))
    if len(parts) < 5:  # ten groups are too many
        expected = re.fullmatch(text, name)
        assert Regex(text).match(name) == (
            None if expected is None else tuple(part or "" for part in expected.groups())
        )


@pytest.mark.parametrize(
    "text", ["(a|aa)+b", "(a*)*b", "((a*)*)*b", "(.*)(.*)(.*)(.*)(.*)x", "(?:a?){30}a{30}b", "(|a)*b"]
)
def test_nothing_is_looked_at_twice(text: str) -> None:
    """Python would take years for some of these."""
    assert Regex(text).match("a" * 128) is None


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("(a", r"a \( is not closed"),
        ("a)", "closes nothing"),
        ("[a", "ends too early"),
        ("*a", "has no meaning there"),
        ("a**", "a repeat of a repeat"),
        ("a{2,1}", "the lower one first"),
        ("a{101}", "from 0 to 100"),
        ("a{x}", "a count is written"),
        ("(?=a)", "only"),
        ("(?P<n>a)", "only"),
        (r"(a)\1", "is not known here"),
        (r"\bgpt", "is not known here"),
        ("a\\", "ends too early"),
        ("[z-a]", "there is no range"),
        ("(?:" * 17 + "a" + ")" * 17, "nested too deeply"),
        ("(a)" * 10, "more than 9 groups"),
        ("(?:a{100}){100}", "too long"),
        ("a" * (PROGRAM_MAX + 1), "too long"),
        ("(?:[ab]{0,90}){3}", "too long"),
    ],
)
def test_what_is_not_known_is_refused_in_words(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        Regex(text)


def test_the_ends_may_be_written() -> None:
    assert Regex(r"^gpt-(\d)$").match("gpt-4") == ("4",)
    assert Regex(r"cost\$").match("cost$") == ()


def test_a_dash_at_an_end_of_a_class_is_one() -> None:
    regex = Regex("[a-]+")
    assert regex.match("a-a") == ()
    assert regex.match("b") is None
