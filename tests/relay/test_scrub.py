import pytest

from waystation.relay.scrub import LONGEST, scrub

KEY = "sk-upstream-0123456789abcdef"


def clean(text: str) -> str:
    return scrub(text, secret=KEY, host="api.internal.example")


@pytest.mark.parametrize(
    "text",
    [
        f"Incorrect API key provided: {KEY}.",
        "key sk-proj-abcdef1234567890 is over its limit",
        "Authorization: Bearer abc.def-ghi_jkl",
        "see AKIAIOSFODNN7EXAMPLE",
        "AIzaSyA1234567890abcdefghijklmnop",
        "token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc",
        "connect to api.internal.example failed",
    ],
)
def test_no_key_and_no_address_gets_through(text: str) -> None:
    assert "***" in clean(text)
    for secret in (KEY, "abcdef1234567890", "abc.def-ghi", "AKIAIO", "AIzaSy", "eyJhbG", "api.internal.example"):
        assert secret not in clean(text)


def test_what_is_no_secret_is_kept() -> None:
    text = "max_tokens is too large: 5000. 这个模型最多支持 4096 个 token。"
    assert clean(text) == text


def test_a_long_text_is_cut() -> None:
    assert len(clean("x " * 100_000)) <= LONGEST


def test_an_empty_key_or_host_masks_nothing() -> None:
    assert scrub("as it is", secret="", host="") == "as it is"


def test_other_secrets_of_the_upstream_are_masked_too() -> None:
    assert scrub("team a1b2, host x.example", secret="", host="x.example", more=("a1b2", "")) == "team ***, host ***"
