import pytest

from tests.manifest.conftest import Desk
from tests.manifest.test_naming import NAMED


@pytest.mark.parametrize(
    ("was", "now", "said"),
    [
        ("aliases: [best, best-of-all]", "aliases: [any]", "'any' is the name of a model"),
        ("fallbacks: [any]", "fallbacks: [gpt-4o]", "is the model itself"),
        ("fallbacks: [any]", "fallbacks: [best]", "is the model itself"),
        ("fallbacks: [any]", "fallbacks: [claude]", "there is no model 'claude'; there are: any, gpt-4o"),
        ("fallbacks: [any]", "fallbacks: [a, b, c, d, e, f, g, h, i]", "at most 8"),
        ('matches: ["gpt-*", "regex:o([0-9])"]', 'matches: ["regex:(a"]', "a ( is not closed"),
        ('matches: ["gpt-*", "regex:o([0-9])"]', "matches: [gpt-4]", "a pattern of names"),
    ],
)
def test_what_does_not_fit_together_is_told(desk: Desk, was: str, now: str, said: str) -> None:
    assert was in NAMED
    assert any(said in mistake for mistake in desk.mistakes(NAMED.replace(was, now)))


def test_an_alias_is_one_model_s_also_if_the_other_is_not_in_the_file(desk: Desk) -> None:
    desk.apply(NAMED)
    more = """\
models:
  - name: other
    aliases: [best]
    routes: [{upstream: main, model: other}]
    free: true
"""
    assert any("'best' is an alias of 'gpt-4o' already" in mistake for mistake in desk.mistakes(more))


@pytest.mark.parametrize("name", ["best", "gpt-5", "o3"])
def test_a_fallback_may_be_any_name_that_is_served(desk: Desk, name: str) -> None:
    more = NAMED.replace("  - name: any\n", f"  - name: any\n    fallbacks: [{name}]\n")
    desk.apply(more)
