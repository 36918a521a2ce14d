"""The paths below the list of models."""

import pytest

from waystation.demo.forms import Form
from waystation.demo.gemini.language import Gemini
from waystation.demo.gemini.places import gemini_place


def test_the_model_stands_before_the_last_colon() -> None:
    place = gemini_place("tuned:a:generateContent", "")
    assert place is not None
    assert isinstance(place.language, Gemini)
    assert place.language.model == "tuned:a"


@pytest.mark.parametrize(("alt", "form"), [("sse", Form.BARE), ("", Form.ARRAY), ("json", Form.ARRAY)])
def test_alt_decides_on_the_form(alt: str, form: Form) -> None:
    place = gemini_place("m:streamGenerateContent", alt)
    assert place is not None
    assert vars(place.language)["_form"] is form


@pytest.mark.parametrize("rest", ["m", ":generateContent", "m:", "m:predict"])
def test_nothing_stands_elsewhere(rest: str) -> None:
    assert gemini_place(rest, "") is None
