import pytest

from waystation.routing.pattern import Pattern, filled, glob, is_template, places_of


@pytest.mark.parametrize(
    ("pattern", "name", "parts"),
    [
        ("gpt-*", "gpt-4o", ("4o",)),
        ("gpt-*", "gpt-", ("",)),
        ("gpt-*", "o1", None),
        ("*/*", "openai/gpt-4o", ("openai", "gpt-4o")),
        ("*-mini", "a-mini-mini", ("a-mini",)),
        ("a*b*c", "aXbYbZc", ("X", "YbZ")),
        ("a.c-*", "abc-1", None),
        ("*", "gpt-4o", ("gpt-4o",)),
        ("*", "", None),
        ("*", "gpt 4o", None),
        ("*", "通义", None),
        ("*", "a/../../secret", None),
        ("*", "x" * 129, None),
        ("regex:(gpt|o)-?([0-9]).*", "gpt-4o", ("gpt", "4")),
        ("regex:gpt", "gpt-4o", None),
    ],
)
def test_a_pattern_captures_what_its_wildcards_or_groups_stand_for(
    pattern: str, name: str, parts: tuple[str, ...] | None
) -> None:
    assert Pattern(pattern).match(name) == parts


def test_many_wildcards_take_no_longer_than_their_lengths() -> None:
    assert glob("*a" * 60 + "b").fullmatch("a" * 256) is None


def test_a_route_s_name_is_made_of_the_parts() -> None:
    assert filled("openai/{1}", "gpt-4o", ("4o",)) == "openai/4o"
    assert filled("{name}", "gpt-4o", ()) == "gpt-4o"
    assert filled("{2}.{1}", "x", ("a", "b")) == "b.a"


def test_a_name_that_is_none_is_not_made() -> None:
    assert filled("{1}", "gpt-", ("",)) is None
    assert filled("a.{1}", "gpt-.", (".",)) is None


def test_what_stands_in_braces_is_checked() -> None:
    assert places_of("a/{name}-{2}") == ("name", "2")
    assert not is_template("gpt-4o")
    for text in ("{", "{0}", "{model}", "a}", "{{1}}", "{12}"):
        with pytest.raises(ValueError, match="braces"):
            places_of(text)
