import pytest

from waystation.dialects.reasoning import budget_of, effort_of
from waystation.wire.chat import Effort, Reasoning


@pytest.mark.parametrize(
    ("reasoning", "budget"),
    [
        (Reasoning(enabled=False, effort="high"), 0),
        (Reasoning(effort="none"), 0),
        (Reasoning(effort="low"), 1_024),
        (Reasoning(effort="medium"), 8_192),
        (Reasoning(effort="high", budget_tokens=5_000), 5_000),
        (Reasoning(enabled=True), None),
    ],
)
def test_a_budget_is_the_one_said_or_that_of_the_effort(reasoning: Reasoning, budget: int | None) -> None:
    assert budget_of(reasoning) == budget


@pytest.mark.parametrize(
    ("reasoning", "effort"),
    [
        (Reasoning(enabled=False), "none"),
        (Reasoning(effort="minimal"), "minimal"),
        (Reasoning(budget_tokens=0), "none"),
        (Reasoning(budget_tokens=1), "low"),
        (Reasoning(budget_tokens=1_024), "low"),
        (Reasoning(budget_tokens=1_025), "medium"),
        (Reasoning(budget_tokens=24_576), "high"),
        (Reasoning(budget_tokens=1_000_000), "max"),
        (Reasoning(enabled=True), None),
    ],
)
def test_an_effort_is_the_one_said_or_the_least_that_covers_the_budget(
    reasoning: Reasoning, effort: Effort | None
) -> None:
    assert effort_of(reasoning) == effort
