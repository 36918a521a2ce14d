import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waystation.dialects.seal import WRAPPED, shown, unwrap, wrap
from waystation.wire.chat import Seal


@given(st.text())
def test_a_seal_survives_its_wrapping(text: str) -> None:
    seal = Seal("gemini.generate", text)
    wrapped = wrap(seal)
    assert wrapped.startswith(WRAPPED)
    assert base64.b64decode(wrapped, validate=True)  # Gemini's own SDK demands base64
    assert unwrap(wrapped, "anthropic.messages") == seal
    assert unwrap(wrapped.replace("+", "-").replace("/", "_"), "gemini.generate") == seal


def test_a_language_sees_its_own_seals_as_they_are() -> None:
    own = Seal("anthropic.messages", "EqQBCgIYAhIM")
    assert shown(own, "anthropic.messages") == "EqQBCgIYAhIM"
    assert shown(own, "openai.chat") == wrap(own)
    assert unwrap("EqQBCgIYAhIM", "anthropic.messages") == own


@pytest.mark.parametrize(
    "text",
    [
        WRAPPED,
        WRAPPED + "!",
        base64.b64encode(b"ws1:nobody.speaks:x").decode(),
        base64.b64encode(b"ws1:\xff\xfe").decode(),
    ],
)
def test_what_only_looks_wrapped_is_the_languages_own(text: str) -> None:
    assert unwrap(text, "openai.chat") == Seal("openai.chat", text)
