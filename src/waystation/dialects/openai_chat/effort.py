"""How much to think, in the ways in which vendors of this language are told.

OpenAI's reasoning_effort; OpenRouter's `reasoning` {effort, max_tokens, enabled, exclude, summary}; `thinking` {type,
budget_tokens} (DeepSeek, Zhipu, Moonshot, Volcengine); enable_thinking and thinking_budget (DashScope, SiliconFlow).
Sources: the vendors' own pages, 2026-11.
"""

from typing import Final, TypeVar, get_args

import msgspec

from waystation.dialects.openai_chat.nested import left_in
from waystation.dialects.reasoning import effort_of
from waystation.dialects.table import Table
from waystation.wire.chat import Effort, Extras, Reasoning

_T = TypeVar("_T")

_EFFORTS: Final = frozenset(get_args(Effort))
_OWN: Final = ("reasoning", "thinking", "enable_thinking", "thinking_budget", "reasoning_effort")
_SWITCH: Final = {"enabled": True, "adaptive": True, "disabled": False}


class SpelledReasoning(Reasoning, frozen=True, kw_only=True):
    """`members` are the request's own: a vendor understands one spelling, and the caller has chosen it."""

    members: Extras


def decode_reasoning(request: Table) -> tuple[Reasoning | None, Extras]:
    """What is asked for, and the unknown members of it."""
    members = {name: raw for name in _OWN if (raw := request.raw(name)) is not None}
    if not members:
        return None, {}
    table = Table(msgspec.json.encode(members))
    effort = table.text("reasoning_effort")
    router, thinking = table.table("reasoning"), table.table("thinking")
    enabled, budget = table.flag("enable_thinking"), table.whole("thinking_budget")
    summary = None
    if thinking is not None:
        enabled = _first(enabled, _SWITCH.get(thinking.text("type") or ""))
        budget = _first(budget, thinking.whole("budget_tokens"))
    if router is not None:
        effort = _first(effort, router.text("effort"))
        budget = _first(budget, router.whole("max_tokens"))
        enabled = _first(enabled, router.flag("enabled"))
        summary = router.text("summary")
        exclude = router.flag("exclude")
        if exclude is not None:
            summary = "none" if exclude else summary or "auto"
    reasoning = SpelledReasoning(
        enabled=enabled,
        effort=effort if effort in _EFFORTS else None,  # type: ignore[arg-type]
        budget_tokens=budget if budget is None or budget >= 0 else None,  # DashScope and Gemini: -1 is "no bound"
        summary=summary,
        members=members,
    )
    left = left_in(table, reasoning=router, thinking=thinking)
    if effort is not None and effort not in _EFFORTS and "reasoning_effort" in members:
        left = {**left, "reasoning_effort": members["reasoning_effort"]}
    return reasoning, left


def encode_reasoning(reasoning: Reasoning | None, *, same: bool) -> dict[str, object]:
    """The members as they were written; for a request in another language, the one that most vendors know."""
    if reasoning is None:
        return {}
    if isinstance(reasoning, SpelledReasoning) and same:
        return dict(reasoning.members)
    effort = effort_of(reasoning)
    return {} if effort is None else {"reasoning_effort": effort}


def _first(one: _T | None, other: _T | None) -> _T | None:
    return other if one is None else one
