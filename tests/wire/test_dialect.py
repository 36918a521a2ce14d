import pytest

from waystation.wire.dialect import Dialect, way_to


@pytest.mark.parametrize(
    ("spoken", "caller", "way"),
    [
        (("openai.responses", "openai.chat"), "openai.chat", "openai.chat"),
        (("openai.responses", "openai.chat"), "anthropic.messages", "openai.responses"),
        (("openai.embeddings", "anthropic.messages"), "gemini.generate", "anthropic.messages"),
        (("openai.chat",), "openai.completions", "openai.chat"),
        (("openai.completions",), "openai.completions", "openai.completions"),
        (("gemini.generate", "gemini.embed"), "openai.embeddings", "gemini.embed"),
        (("openai.embeddings",), "openai.chat", None),
        (("openai.completions",), "openai.chat", None),
        ((), "openai.chat", None),
    ],
)
def test_a_vendor_is_asked_in_the_callers_language_or_the_first_that_fits(
    spoken: tuple[Dialect, ...], caller: Dialect, way: Dialect | None
) -> None:
    assert way_to(spoken, caller) == way
