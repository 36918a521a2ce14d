import pytest
from pydantic import TypeAdapter, ValidationError

from waystation.manifest.naming_fields import InputName, PatternText, RouteModel


@pytest.mark.parametrize("text", ["gpt-*", "*", "*/*:free", "regex:(gpt|o)-[0-9]+"])
def test_patterns(text: str) -> None:
    assert TypeAdapter(PatternText).validate_python(text) == text


@pytest.mark.parametrize(
    "text", ["gpt-4o", "", "gpt *", "x" * 129 + "*", "regex:(", "regex:" + "a" * 300, 5, r"regex:\1"]
)
def test_what_is_no_pattern(text: object) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(PatternText).validate_python(text)


@pytest.mark.parametrize("text", ["gpt-4o", "openai/{1}", "{name}", "{name}-{2}"])
def test_names_at_an_upstream(text: str) -> None:
    assert TypeAdapter(RouteModel).validate_python(text) == text


@pytest.mark.parametrize("text", ["", "-x", "{model}", "a}", "{", "x" * 129, 5])
def test_what_is_no_name_at_an_upstream(text: object) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(RouteModel).validate_python(text)


def test_inputs() -> None:
    assert TypeAdapter(InputName).validate_python("image") == "image"
    with pytest.raises(ValidationError):
        TypeAdapter(InputName).validate_python("smell")
