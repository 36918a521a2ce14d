"""The rule for tokens, in English and in Chinese."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waystation.demo.tokens import count, is_chinese, tokens


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", 0),
        ("  \n", 0),
        ("one", 1),
        ("Hello, you there", 3),
        ("你好吗", 3),
        ("用 Python 写", 3),
        ("你好，world!", 4),
    ],
)
def test_words_and_cjk_characters_are_tokens(text: str, expected: int) -> None:
    assert count(text) == expected


@given(st.text())
def test_the_tokens_of_a_text_join_to_it_without_the_space_at_its_end(text: str) -> None:
    joined = "".join(tokens(text))
    assert text.startswith(joined)
    assert text[len(joined) :].strip() == ""


@given(st.text())
def test_there_are_as_many_tokens_as_are_counted(text: str) -> None:
    assert len(list(tokens(text))) == count(text)


def test_ideographs_make_a_text_chinese() -> None:
    assert is_chinese("ok 好")
    assert not is_chinese("かな")
