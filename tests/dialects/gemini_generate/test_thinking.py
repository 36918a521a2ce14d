"""How much to think, both ways."""

import json
from typing import Any

import msgspec
import pytest

from waystation.dialects.gemini_generate.fields import Fields
from waystation.dialects.gemini_generate.own import GivenReasoning
from waystation.dialects.gemini_generate.quirks import family_of
from waystation.dialects.gemini_generate.thinking import decode_thinking, encode_thinking
from waystation.dialects.losses import Losses
from waystation.wire.chat import Reasoning
from waystation.wire.dialect import Dialect
from waystation.wire.errors import BadRequest


def decoded(thinking: Any) -> Reasoning | None:
    return decode_thinking(Fields(json.dumps({"thinkingConfig": thinking}).encode(), "generationConfig"))


def encoded(
    reasoning: Reasoning | None, model: str, source: Dialect = "openai.chat"
) -> tuple[dict[str, object] | None, list[str]]:
    losses = Losses(source, "gemini.generate")
    got = encode_thinking(reasoning, family_of(model), losses)
    return got, [loss.field for loss in losses.found()]


@pytest.mark.parametrize(
    ("thinking", "expected"),
    [
        ({"thinkingLevel": "HIGH", "includeThoughts": True}, Reasoning(effort="high", summary="auto")),
        ({"thinking_level": "low"}, Reasoning(effort="low", summary="none")),
        ({"thinkingLevel": "THINKING_LEVEL_UNSPECIFIED"}, Reasoning(summary="none")),
        ({"thinkingBudget": -1}, Reasoning(enabled=True, summary="none")),
        ({"thinking_budget": 512}, Reasoning(enabled=True, budget_tokens=512, summary="none")),
        ({"thinkingBudget": 0}, Reasoning(enabled=False, budget_tokens=0, summary="none")),
    ],
)
def test_what_is_asked_for_is_read(thinking: object, expected: Reasoning) -> None:
    got = decoded(thinking)
    assert isinstance(got, GivenReasoning)
    assert {name: getattr(got, name) for name in Reasoning.__struct_fields__} == msgspec.structs.asdict(expected)


def test_nothing_may_be_said() -> None:
    assert decoded(None) is None
    assert encoded(None, "gemini-3-pro") == (None, [])


def test_odd_members_are_refused() -> None:
    with pytest.raises(BadRequest) as caught:
        decoded({"thinkingBudget": "much"})
    assert caught.value.param == "generationConfig.thinkingConfig.thinkingBudget"


def test_geminis_own_is_given_back() -> None:
    given = {"thinkingBudget": -1, "x": 1}
    got, lost = encoded(decoded(given), "gemini-3-pro", "gemini.generate")
    assert json.loads(msgspec.json.encode(got)) == given
    assert lost == []


@pytest.mark.parametrize(
    ("model", "reasoning", "expected", "lost"),
    [
        ("gemini-3-flash", Reasoning(effort="minimal"), "MINIMAL", []),
        ("gemini-3-flash", Reasoning(effort="none"), "MINIMAL", ["reasoning"]),
        ("gemini-3.8-flash", Reasoning(effort="minimal"), "LOW", []),
        ("gemini-3-pro", Reasoning(effort="medium"), "HIGH", []),
        ("gemini-3-pro", Reasoning(effort="max"), "HIGH", ["reasoning.effort"]),
        ("gemini-3.1-pro", Reasoning(budget_tokens=5000), "MEDIUM", []),
        ("gemini-3.1-pro", Reasoning(enabled=False), "LOW", ["reasoning"]),
        ("gemini-3.1-pro", Reasoning(enabled=True), None, []),
    ],
)
def test_newer_models_are_told_a_level(model: str, reasoning: Reasoning, expected: str | None, lost: list[str]) -> None:
    got, losses = encoded(reasoning, model)
    assert (got or {}).get("thinkingLevel") == expected
    assert losses == lost


@pytest.mark.parametrize(
    ("model", "reasoning", "expected", "lost"),
    [
        ("gemini-2.5-flash", Reasoning(effort="low"), 1024, []),
        ("gemini-2.5-flash", Reasoning(effort="max"), 24_576, []),
        ("gemini-2.5-flash", Reasoning(enabled=False), 0, []),
        ("gemini-2.5-pro", Reasoning(effort="none"), 128, ["reasoning"]),
        ("gemini-2.5-pro", Reasoning(budget_tokens=50), 128, []),
        ("gemini-2.5-flash-lite", Reasoning(enabled=True), -1, []),
        ("gemini-2.5-flash", Reasoning(summary="auto"), None, []),
    ],
)
def test_older_models_are_told_a_budget(
    model: str, reasoning: Reasoning, expected: int | None, lost: list[str]
) -> None:
    got, losses = encoded(reasoning, model)
    assert (got or {}).get("thinkingBudget") == expected
    assert losses == lost


@pytest.mark.parametrize("model", ["gemini-2.0-flash", "gemini-3-pro-image"])
def test_some_models_can_not_be_told(model: str) -> None:
    assert encoded(Reasoning(effort="low"), model) == (None, ["reasoning"])


@pytest.mark.parametrize(
    ("reasoning", "source", "shown"),
    [
        (Reasoning(effort="low"), "openai.chat", True),
        (Reasoning(effort="low"), "openai.responses", False),
        (Reasoning(effort="low", summary="auto"), "openai.responses", True),
        (Reasoning(effort="low", summary="none"), "openai.chat", False),
        (Reasoning(enabled=True), "anthropic.messages", True),
        (Reasoning(enabled=False), "anthropic.messages", False),
        (Reasoning(effort="none"), "openai.chat", False),
    ],
)
def test_thoughts_are_shown_to_those_who_want_them(reasoning: Reasoning, source: Dialect, shown: bool) -> None:
    got, _ = encoded(reasoning, "gemini-3-flash", source)
    assert (got or {}).get("includeThoughts", False) is shown


def test_thoughts_that_are_left_to_the_model_and_hidden_need_no_word() -> None:
    assert encoded(Reasoning(summary="none"), "gemini-3-pro") == (None, [])
