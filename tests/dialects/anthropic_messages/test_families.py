"""Which family a model belongs to, whatever its vendor calls it."""

import pytest

from waystation.dialects.anthropic_messages.families import family_of


@pytest.mark.parametrize(
    ("model", "same"),
    [
        ("claude-opus-4-8-20260528", "claude-opus-4-8"),
        ("anthropic/claude-opus-4.8", "claude-opus-4-8"),
        ("us.anthropic.claude-opus-4-8-v1:0", "claude-opus-4-8"),
        ("Claude-Opus-5-20260701", "claude-opus-5"),
        ("claude-opus-5-0", "claude-opus-5"),
        ("claude-mythos-5-2", "claude-fable-5-1"),
        ("claude-sonnet-4-20250514", "claude-opus-4-0"),
        ("claude-3-7-sonnet-latest", "claude-sonnet-4"),
        ("claude-3.7-sonnet", "claude-sonnet-4"),
        ("claude-3-5-haiku-20241022", "claude-3-opus-20240229"),
        ("claude-2.1", "claude-3-haiku-20240307"),
        ("claude-sonnet-6", "claude-opus-7-1"),
        ("deepseek-chat", "glm-5"),
    ],
)
def test_names_of_one_family(model: str, same: str) -> None:
    assert family_of(model) == family_of(same)


@pytest.mark.parametrize(
    ("model", "budget", "adaptive", "off", "forced"),
    [
        ("claude-3-5-sonnet-20241022", False, False, None, True),
        ("claude-sonnet-4-5", True, False, "disabled", True),
        ("claude-opus-4-6", True, True, "disabled", True),
        ("claude-opus-4-7", False, True, "disabled", True),
        ("claude-fable-5", False, True, None, True),
        ("claude-sonnet-5-5", False, True, "between_tools", False),
        ("claude-opus-5-5", False, True, None, False),
        ("claude-opus-9", False, True, None, False),
        ("some-alias", True, False, "disabled", True),
    ],
)
def test_how_a_family_thinks(model: str, budget: bool, adaptive: bool, off: str | None, forced: bool) -> None:
    family = family_of(model)
    assert (family.budget, family.adaptive, family.off, family.forced) == (budget, adaptive, off, forced)


@pytest.mark.parametrize(
    ("model", "sampling", "prefill", "system", "formats"),
    [
        ("claude-opus-4-1", True, True, False, False),
        ("claude-haiku-4-5", True, True, False, True),
        ("claude-sonnet-4-6", True, False, False, True),
        ("claude-opus-4-8", False, False, True, True),
        ("claude-sonnet-5", False, False, False, True),
    ],
)
def test_what_else_a_family_takes(model: str, sampling: bool, prefill: bool, system: bool, formats: bool) -> None:
    family = family_of(model)
    assert (family.sampling, family.prefill, family.system, family.formats) == (sampling, prefill, system, formats)
