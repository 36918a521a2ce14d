"""How much to think, both ways: levels for Gemini 3 and later, a budget of tokens for 2.5."""

from collections.abc import Mapping
from typing import Final, get_args

from waystation.dialects.gemini_generate.fields import Fields
from waystation.dialects.gemini_generate.own import GivenReasoning
from waystation.dialects.gemini_generate.quirks import Budget, Family
from waystation.dialects.losses import Losses
from waystation.dialects.reasoning import budget_of, effort_of
from waystation.wire.chat import Effort, Reasoning

_EFFORTS: Final[Mapping[str, Effort]] = {effort: effort for effort in get_args(Effort)}
_DYNAMIC: Final = -1
_RANKS: Final[Mapping[Effort, int]] = {effort: rank for rank, effort in enumerate(get_args(Effort))}


def decode_thinking(config: Fields) -> Reasoning | None:
    """Thoughts are shown only to those who ask for them."""
    raw = config.raw("thinkingConfig")
    if raw is None:
        return None
    thinking = Fields(raw, f"{config.path}.thinkingConfig")
    members = dict(thinking.left())
    shown, budget, level = (
        thinking.flag("includeThoughts"),
        thinking.whole("thinkingBudget"),
        thinking.text("thinkingLevel"),
    )
    return GivenReasoning(
        enabled=None if budget is None else budget != 0,
        effort=_EFFORTS.get((level or "").lower()),
        budget_tokens=budget if budget is not None and budget >= 0 else None,
        summary="auto" if shown else "none",
        config=members,
    )


def encode_thinking(reasoning: Reasoning | None, family: Family, losses: Losses) -> dict[str, object] | None:
    """The member `thinkingConfig`; None leaves it to the model."""
    if reasoning is None:
        return None
    if isinstance(reasoning, GivenReasoning) and losses.source == losses.target:
        return dict(reasoning.config)
    config: dict[str, object] = {}
    if family.levels:
        level = _level(reasoning, family.levels, losses)
        if level is not None:
            config["thinkingLevel"] = level
    elif family.budget is not None:
        budget = _budget(reasoning, family.budget, losses)
        if budget is not None:
            config["thinkingBudget"] = budget
    else:
        losses.note("reasoning", "this model can't be told how much to think")
        return None
    if _is_shown(reasoning, losses):
        config["includeThoughts"] = True
    return config or None


def _level(reasoning: Reasoning, levels: tuple[Effort, ...], losses: Losses) -> str | None:
    """The least level that is not below what is asked for, else the highest."""
    effort = effort_of(reasoning)
    if effort is None:
        return None
    if effort == "none":
        losses.note("reasoning", "this model can't be kept from thinking")
    level = next((level for level in levels if _RANKS[level] >= _RANKS[effort]), levels[-1])
    if _RANKS[level] < _RANKS[effort]:
        losses.note("reasoning.effort", f"this model thinks no harder than {level}")
    return level.upper()


def _budget(reasoning: Reasoning, budget: Budget, losses: Losses) -> int | None:
    tokens = budget_of(reasoning)
    if tokens is None:
        return _DYNAMIC if reasoning.enabled else None
    if tokens == 0 and budget.off:
        return 0
    if tokens == 0:
        losses.note("reasoning", "this model can't be kept from thinking")
    return min(max(tokens, budget.least), budget.most)


def _is_shown(reasoning: Reasoning, losses: Losses) -> bool:
    """Whoever asks OpenAI's Responses for thinking is shown thoughts only on demand; elsewhere they belong to it."""
    if reasoning.enabled is False or reasoning.effort == "none" or reasoning.summary == "none":
        return False
    return reasoning.summary is not None or losses.source != "openai.responses"
