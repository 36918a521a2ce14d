import pytest

from waystation.manifest.shown import got, mask


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "a boolean true"),
        (3, "an integer 3"),
        (2.5, "a float 2.5"),
        ("abc", "'abc'"),
        ("x y " * 40, repr("x y " * 15 + "…")),
        ([1], "a list"),
        ({"a": 1}, "a mapping"),
        (None, "nothing"),
    ],
)
def test_a_value_in_words(value: object, text: str) -> None:
    assert got(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [("hunter2", "a string of 7 characters"), (4711, "an integer"), (1.5, "a float"), (["hunter2"], "a list")],
)
def test_a_secret_is_counted_not_shown(value: object, text: str) -> None:
    assert got(value, secret=True) == text


def test_what_was_filled_in_is_named_by_its_origin() -> None:
    assert got("hunter2", origin="the value of ${KEY_A}") == "the value of ${KEY_A}"
    assert got("hunter2", origin="the value of ${KEY_A}", secret=True) == "the value of ${KEY_A}"


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("sk-proj-abc123 here", "••• here"),
        ("AIzaSyA1234567890abcdefghijklmnopqrstu", "•••"),
        ("http://user:pass@host/", "http://•••@host/"),
        ("gpt-4o-2024-08-06", "gpt-4o-2024-08-06"),
        ("task-force", "task-force"),
    ],
)
def test_what_looks_like_a_secret_is_masked(text: str, masked: str) -> None:
    assert mask(text) == masked
