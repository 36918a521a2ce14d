"""Effort into a budget of tokens and back, for languages that know only one of them.

The steps are those of Google's own table for OpenAI's efforts: low 1,024, medium 8,192, high 24,576
(ai.google.dev/gemini-api/docs/openai, 2026-11). Efforts that it does not list continue it.
"""

from typing import Final

from waystation.wire.chat import Effort, Reasoning

_BUDGETS: Final[dict[Effort, int]] = {
    "none": 0,
    "minimal": 1_024,
    "low": 1_024,
    "medium": 8_192,
    "high": 24_576,
    "xhigh": 32_768,
    "max": 65_536,
}


def budget_of(reasoning: Reasoning) -> int | None:
    """Tokens to think for: 0 is none; None where the source leaves it to the model."""
    if reasoning.enabled is False:
        return 0
    if reasoning.budget_tokens is not None:
        return reasoning.budget_tokens
    return None if reasoning.effort is None else _BUDGETS[reasoning.effort]


def effort_of(reasoning: Reasoning) -> Effort | None:
    """The least effort whose budget covers the one asked for; None where the source leaves it to the model."""
    if reasoning.enabled is False:
        return "none"
    if reasoning.effort is not None:
        return reasoning.effort
    if reasoning.budget_tokens is None:
        return None
    covering = (name for name, budget in _BUDGETS.items() if name != "minimal" and budget >= (reasoning.budget_tokens))
    return next(covering, "max")
