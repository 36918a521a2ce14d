"""The families of Gemini's models."""

import pytest

from waystation.dialects.gemini_generate.quirks import Budget, Family, family_of

NEWER = {"signs": True, "sees_results": True, "formats_calls": True}


@pytest.mark.parametrize(
    ("model", "levels"),
    [
        ("gemini-3-pro-preview", ("low", "high")),
        ("gemini-3-pro-image-preview", ()),
        ("gemini-3-flash-preview", ("minimal", "low", "medium", "high")),
        ("gemini-3.1-pro-preview", ("low", "medium", "high")),
        ("models/gemini-3.5-flash-lite", ("minimal", "low", "medium", "high")),
        ("Gemini-3.8-flash", ("low", "medium", "high")),
        ("gemini-4-pro", ("low", "medium", "high")),
        ("gemini-10-pro", ("low", "medium", "high")),
        ("gemini-flash-latest", ("low", "medium", "high")),
    ],
)
def test_newer_models_have_levels(model: str, levels: tuple[str, ...]) -> None:
    assert family_of(model) == Family(levels=levels, **NEWER)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("model", "budget"),
    [
        ("gemini-2.5-pro", Budget(128, 32_768, off=False)),
        ("gemini-2.5-flash", Budget(0, 24_576, off=True)),
        ("google/gemini-2.5-flash-lite", Budget(512, 24_576, off=True)),
        ("gemini-2.0-flash", None),
        ("gemma-3-27b-it", None),
        ("tunedModels/mine", None),
    ],
)
def test_older_models_have_a_budget_or_nothing(model: str, budget: Budget | None) -> None:
    assert family_of(model) == Family(budget=budget)
