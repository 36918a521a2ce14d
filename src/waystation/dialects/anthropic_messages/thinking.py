"""How much to think, both ways.

Sources: thinking and effort under platform.claude.com/docs/en/build-with-claude (2026-11).
"""

from typing import Final, get_args

import msgspec

from waystation.dialects.anthropic_messages.families import Family
from waystation.dialects.anthropic_messages.own import SpelledReasoning
from waystation.dialects.losses import Losses
from waystation.dialects.reasoning import budget_of, effort_of
from waystation.dialects.table import Table
from waystation.wire.chat import Effort, Reasoning

BUDGET_LEAST: Final = 1_024
_BUDGET_USUAL: Final = 8_192  # for those who leave it to a model that wants to be told
_EFFORTS: Final = frozenset(get_args(Effort))
_SWITCH: Final = {"enabled": True, "adaptive": True, "disabled": False, "between_tools": False}
_SHOWN: Final = {"omitted": "none", "summarized": "auto"}


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What a request says of thinking. `on`: the model will think. `bound` is what `max_tokens` must be then."""

    thinking: object = None
    effort: str | None = None
    on: bool = False
    bound: int


def decode_thinking(request: Table, config: Table | None) -> Reasoning | None:
    """Raises: BadRequest."""
    members: dict[str, msgspec.Raw] = {}
    if (raw := request.raw("thinking")) is not None:
        members["thinking"] = raw
    if config is not None and (effort := config.raw("effort")) is not None:
        members["output_config.effort"] = effort
    if not members:
        return None
    table = Table(msgspec.json.encode(members))
    word = table.text("output_config.effort")
    thinking = table.table("thinking")
    kind = None if thinking is None else thinking.text("type")
    budget = None if thinking is None else thinking.whole("budget_tokens")
    shown = "summarized" if kind == "enabled" else ""  # what this kind does unless it is told otherwise
    display = shown if thinking is None else thinking.text("display") or shown
    return SpelledReasoning(
        enabled=_SWITCH.get(kind or ""),
        effort=word if word in _EFFORTS else None,  # type: ignore[arg-type]
        budget_tokens=budget if budget is not None and budget >= 0 else None,
        summary=_SHOWN.get(display),
        members=members,
        is_budget=kind == "enabled",
    )


def plan_of(
    reasoning: Reasoning | None, family: Family, losses: Losses, bound: int, *, forced: bool, unsealed: bool
) -> Plan:
    """`forced`: some tool has to be used. `unsealed`: a tool's result is answered, and another vendor made the call."""
    if reasoning is None:
        return _unsaid(family, bound, forced=forced)
    if reasoning.enabled is False or reasoning.effort == "none":
        return _off(family, losses, bound)
    return _on(reasoning, family, losses, bound, forced=forced, unsealed=unsealed)


def _on(reasoning: Reasoning, family: Family, losses: Losses, bound: int, *, forced: bool, unsealed: bool) -> Plan:
    if not (family.budget or family.adaptive):
        losses.note("reasoning", "this model does not think")
        return Plan(bound=bound)
    if forced:
        losses.note("reasoning", "a model that is made to use a tool can't think before")
        return _forced(reasoning, family, bound)
    if family.adaptive and not (family.budget and reasoning.budget_tokens is not None):
        return _adaptive(reasoning, family, losses, bound)
    if unsealed:
        losses.note("reasoning", "the calls that are answered were thought of by another vendor")
        return Plan(thinking={"type": family.off}, bound=bound)
    return _budgeted(reasoning, losses, bound)


def _unsaid(family: Family, bound: int, *, forced: bool) -> Plan:
    if forced and family.thinks and family.off is not None:
        return Plan(thinking={"type": family.off}, bound=bound)
    return Plan(on=family.thinks, bound=bound)


def _off(family: Family, losses: Losses, bound: int) -> Plan:
    if family.off is not None:
        return Plan(thinking={"type": family.off}, bound=bound)
    if not family.thinks:
        return Plan(bound=bound)
    losses.note("reasoning", "this model always thinks: it is told to do so as little as it can")
    return Plan(effort="low", on=True, bound=bound)


def _forced(reasoning: Reasoning, family: Family, bound: int) -> Plan:
    """Without thinking no more than high effort can be made."""
    effort = _effort(effort_of(reasoning), family, "high")
    if family.off is not None:
        return Plan(thinking={"type": family.off}, effort=effort, bound=bound)
    return Plan(effort=effort, on=family.thinks, bound=bound)


def _adaptive(reasoning: Reasoning, family: Family, losses: Losses, bound: int) -> Plan:
    asked = effort_of(reasoning)
    effort = _effort(asked, family)
    if asked not in (None, "minimal", effort):
        losses.note("reasoning.effort", f"this model's nearest effort is {effort}")
    shown = family.hides and reasoning.summary != "none"
    thinking = {"type": "adaptive"} | ({"display": "summarized"} if shown else {})
    return Plan(thinking=thinking, effort=effort, on=True, bound=bound)


def _budgeted(reasoning: Reasoning, losses: Losses, bound: int) -> Plan:
    """A quarter of the bound at least is for the answer itself; only a very small one is raised."""
    asked = budget_of(reasoning)
    wanted = _BUDGET_USUAL if asked is None else asked
    budget = max(BUDGET_LEAST, min(wanted, bound - bound // 4))
    if budget >= bound:
        losses.note("max_output_tokens", f"raised by {BUDGET_LEAST}, the least that this model thinks with")
        bound += BUDGET_LEAST
    if reasoning.budget_tokens is not None and budget != reasoning.budget_tokens:
        losses.note("reasoning.budget_tokens", f"{budget}, for it must be at least 1024 and below the bound")
    return Plan(thinking={"type": "enabled", "budget_tokens": budget}, on=True, bound=bound)


def _effort(effort: Effort | None, family: Family, most: Effort = "max") -> Effort | None:
    """The greatest that the family has, up to what is asked for; the least that it has for less."""
    if effort is None or not family.efforts:
        return None
    order = get_args(Effort)
    rank = min(order.index(effort), order.index(most))
    fitting = [one for one in family.efforts if order.index(one) <= rank]
    return fitting[-1] if fitting else family.efforts[0]
