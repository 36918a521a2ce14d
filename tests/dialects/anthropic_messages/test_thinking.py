"""How much to think, both ways."""

import json
from typing import Any

import msgspec
import pytest

from waystation.dialects.anthropic_messages.families import family_of
from waystation.dialects.anthropic_messages.own import SpelledReasoning
from waystation.dialects.anthropic_messages.thinking import Plan, decode_thinking, plan_of
from waystation.dialects.losses import Losses
from waystation.dialects.table import Table
from waystation.wire.chat import Reasoning
from waystation.wire.errors import BadRequest

OFF = {"type": "disabled"}
SHOWN = {"type": "adaptive", "display": "summarized"}


def read(body: dict[str, Any]) -> Any:
    table = Table(msgspec.json.encode(body))
    return decode_thinking(table, table.table("output_config"))


def plan(
    reasoning: Reasoning | None, model: str, bound: int = 16_000, *, forced: bool = False, unsealed: bool = False
) -> tuple[Plan, list[str]]:
    losses = Losses("openai.chat", "anthropic.messages")
    found = plan_of(reasoning, family_of(model), losses, bound, forced=forced, unsealed=unsealed)
    return found, [loss.field for loss in losses.found()]


def budget(tokens: int) -> dict[str, object]:
    return {"type": "enabled", "budget_tokens": tokens}


@pytest.mark.parametrize(
    ("body", "enabled", "effort", "tokens", "summary", "is_budget"),
    [
        ({"thinking": budget(2048)}, True, None, 2048, "auto", True),
        ({"thinking": {**budget(2048), "display": "omitted"}}, True, None, 2048, "none", True),
        ({"thinking": {"type": "adaptive", "display": "omitted"}}, True, None, None, "none", False),
        ({"thinking": {"type": "adaptive", "display": "summarized"}}, True, None, None, "auto", False),
        ({"thinking": OFF}, False, None, None, None, False),
        ({"thinking": {"type": "between_tools"}}, False, None, None, None, False),
        ({"thinking": {"type": "odd", "budget_tokens": -1}}, None, None, None, None, False),
        ({"output_config": {"effort": "xhigh"}}, None, "xhigh", None, None, False),
        ({"output_config": {"effort": "utmost"}}, None, None, None, None, False),
    ],
)
def test_what_is_asked(
    body: dict[str, Any],
    enabled: bool | None,
    effort: str | None,
    tokens: int | None,
    summary: str | None,
    is_budget: bool,
) -> None:
    got = read(body)
    assert isinstance(got, SpelledReasoning)
    assert (got.enabled, got.effort, got.budget_tokens, got.summary, got.is_budget) == (
        enabled,
        effort,
        tokens,
        summary,
        is_budget,
    )
    flat = {"thinking": body.get("thinking"), "output_config.effort": body.get("output_config", {}).get("effort")}
    assert {name: json.loads(bytes(value)) for name, value in got.members.items()} == {
        name: value for name, value in flat.items() if value is not None
    }


def test_nothing_is_asked() -> None:
    assert (read({}), read({"thinking": None, "output_config": {"effort": None}})) == (None, None)


@pytest.mark.parametrize("body", [{"thinking": "on"}, {"output_config": {"effort": 5}}])
def test_what_cant_be_read_is_refused(body: dict[str, Any]) -> None:
    with pytest.raises(BadRequest):
        read(body)


@pytest.mark.parametrize(
    ("model", "reasoning", "thinking", "effort", "on", "lost"),
    [
        ("claude-sonnet-4-5", None, None, None, False, []),
        ("claude-opus-5", None, None, None, True, []),
        ("claude-3-5-haiku", Reasoning(effort="high"), None, None, False, ["reasoning"]),
        ("claude-3-5-haiku", Reasoning(enabled=False), None, None, False, []),
        ("claude-sonnet-4-5", Reasoning(enabled=False), OFF, None, False, []),
        ("claude-sonnet-5-5", Reasoning(effort="none"), {"type": "between_tools"}, None, False, []),
        ("claude-opus-5-5", Reasoning(effort="none"), None, "low", True, ["reasoning"]),
        ("claude-sonnet-4-5", Reasoning(enabled=True), budget(8_192), None, True, []),
        ("claude-sonnet-4-5", Reasoning(effort="high"), budget(12_000), None, True, []),
        ("claude-sonnet-4-5", Reasoning(effort="minimal"), budget(1_024), None, True, []),
        ("claude-sonnet-4-5", Reasoning(budget_tokens=2_048), budget(2_048), None, True, []),
        ("claude-sonnet-4-5", Reasoning(budget_tokens=5), budget(1_024), None, True, ["reasoning.budget_tokens"]),
        ("claude-opus-4-6", Reasoning(budget_tokens=2_048), budget(2_048), None, True, []),
        ("claude-opus-4-6", Reasoning(effort="xhigh"), {"type": "adaptive"}, "high", True, ["reasoning.effort"]),
        ("claude-opus-4-8", Reasoning(effort="xhigh"), SHOWN, "xhigh", True, []),
        ("claude-opus-4-8", Reasoning(effort="minimal"), SHOWN, "low", True, []),
        ("claude-opus-4-8", Reasoning(enabled=True), SHOWN, None, True, []),
        ("claude-opus-4-8", Reasoning(budget_tokens=5_000), SHOWN, "medium", True, []),
        ("claude-opus-4-8", Reasoning(effort="max", summary="none"), {"type": "adaptive"}, "max", True, []),
    ],
)
def test_what_a_model_is_told(
    model: str, reasoning: Reasoning | None, thinking: object, effort: str | None, on: bool, lost: list[str]
) -> None:
    due = Plan(thinking=thinking, effort=effort, on=on, bound=16_000)
    assert plan(reasoning, model) == (due, lost)


@pytest.mark.parametrize(
    ("model", "reasoning", "due", "lost"),
    [
        ("claude-sonnet-4-5", None, Plan(bound=16_000), []),
        ("claude-opus-5", None, Plan(thinking=OFF, bound=16_000), []),
        ("claude-fable-5", None, Plan(on=True, bound=16_000), []),
        ("claude-sonnet-4-5", Reasoning(effort="high"), Plan(thinking=OFF, bound=16_000), ["reasoning"]),
        ("claude-opus-5", Reasoning(effort="max"), Plan(thinking=OFF, effort="high", bound=16_000), ["reasoning"]),
        ("claude-fable-5", Reasoning(effort="low"), Plan(effort="low", on=True, bound=16_000), ["reasoning"]),
    ],
)
def test_a_forced_tool_leaves_no_room_for_thinking(
    model: str, reasoning: Reasoning | None, due: Plan, lost: list[str]
) -> None:
    assert plan(reasoning, model, forced=True) == (due, lost)


def test_without_its_own_thought_before_the_call_there_is_no_budget() -> None:
    assert plan(Reasoning(effort="low"), "claude-sonnet-4-5", unsealed=True) == (
        Plan(thinking=OFF, bound=16_000),
        ["reasoning"],
    )
    assert plan(Reasoning(effort="low"), "claude-opus-4-8", unsealed=True)[0].on


@pytest.mark.parametrize(
    ("bound", "tokens", "raised", "lost"),
    [
        (4_096, 3_072, 4_096, []),
        (1_366, 1_025, 1_366, []),
        (1_100, 1_024, 1_100, []),
        (1_024, 1_024, 2_048, ["max_output_tokens"]),
        (100, 1_024, 1_124, ["max_output_tokens"]),
    ],
)
def test_the_bound_is_above_the_budget(bound: int, tokens: int, raised: int, lost: list[str]) -> None:
    due = Plan(thinking=budget(tokens), on=True, bound=raised)
    assert plan(Reasoning(effort="high"), "claude-sonnet-4-5", bound) == (due, lost)
