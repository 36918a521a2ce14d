"""A conversation's request, as it is written to a vendor of this language."""

from typing import Final

import msgspec

from waystation.dialects.anthropic_messages.blocks_out import Wording, content_of
from waystation.dialects.anthropic_messages.families import Family, family_of
from waystation.dialects.anthropic_messages.ids import Ids
from waystation.dialects.anthropic_messages.nested import put
from waystation.dialects.anthropic_messages.own import SpelledReasoning
from waystation.dialects.anthropic_messages.sampling import encode_sampling
from waystation.dialects.anthropic_messages.schema import closed
from waystation.dialects.anthropic_messages.seals import NATIVE
from waystation.dialects.anthropic_messages.thinking import plan_of
from waystation.dialects.anthropic_messages.tools import encode_tools
from waystation.dialects.anthropic_messages.turns import Turn, is_unsealed, system_and_turns
from waystation.dialects.anthropic_messages.users import user_of
from waystation.dialects.codec import Encoded, Target
from waystation.dialects.losses import Losses
from waystation.dialects.table import said
from waystation.wire.chat import ChatRequest, ResponseFormat

_NO_FORMAT: Final = "this model can't be held to a schema"


def encode_request(request: ChatRequest, target: Target) -> Encoded:
    losses = Losses(request.dialect, NATIVE)
    family = family_of(target.model)
    wording = Wording(losses, family, target.traits, Ids(request.messages))
    system, turns = system_and_turns(request.messages, wording)
    members: dict[str, object] = {"model": target.model, "messages": [turn.written() for turn in turns]}
    if system:
        members["system"] = content_of(system)
    if target.stream:
        members["stream"] = True
    bound = target.max_output_tokens if request.max_output_tokens is None else request.max_output_tokens
    members |= encode_tools(request, family, losses)
    if wording.same:
        members |= _own(request, turns, losses, bound)
    else:
        members |= _foreign(request, turns, wording, bound)
    if request.user is not None:
        members["metadata"] = {"user_id": request.user if wording.same else user_of(request.user, losses)}
    body = put(said(members), losses.keep("", request.extras))
    return Encoded(msgspec.json.encode(body), losses.found())


def _own(request: ChatRequest, turns: list[Turn], losses: Losses, bound: int) -> dict[str, object]:
    """All as it was written. Only where another vendor thought of the calls that are answered, thinking is left out."""
    reasoning = request.reasoning
    spelled = dict(reasoning.members) if isinstance(reasoning, SpelledReasoning) else {}
    if isinstance(reasoning, SpelledReasoning) and reasoning.is_budget and is_unsealed(turns):
        losses.note("thinking", "the calls that are answered were thought of by another vendor")
        del spelled["thinking"]
    form = request.response_format
    members: dict[str, object] = {
        "max_tokens": bound,
        "temperature": request.temperature,
        "top_p": request.top_p,
        "top_k": request.top_k,
        "stop_sequences": list(request.stop) or None,
        "service_tier": request.service_tier,
    }
    if form is not None:
        members["output_config"] = {"format": said({"type": "json_schema", "schema": form.schema})}
    return put(said(members), spelled)


def _foreign(request: ChatRequest, turns: list[Turn], wording: Wording, bound: int) -> dict[str, object]:
    losses, family = wording.losses, wording.family
    forced = _is_forced(request, family)
    plan = plan_of(request.reasoning, family, losses, bound, forced=forced, unsealed=is_unsealed(turns))
    _note_lost(request, losses)
    config = said({"effort": plan.effort, "format": _format(request.response_format, family, losses)})
    return {
        "max_tokens": plan.bound,
        "thinking": plan.thinking,
        "output_config": config or None,
        "stop_sequences": _stop(request, losses),
        **encode_sampling(request, family, losses, on=plan.on),
    }


def _is_forced(request: ChatRequest, family: Family) -> bool:
    choice = request.tool_choice
    return family.forced and choice is not None and choice.mode == "required" and bool(request.tools)


def _format(form: ResponseFormat | None, family: Family, losses: Losses) -> dict[str, object] | None:
    """Whoever asks for any JSON says so in the prompt as well: OpenAI demands that."""
    if form is None or form.kind == "text":
        return None
    if form.kind == "json_object":
        losses.note("response_format", "Claude is held to a schema or to nothing: the prompt has to ask for JSON")
        return None
    if form.schema is None or not family.formats:
        losses.note("response_format", _NO_FORMAT, grave=form.schema is not None)
        return None
    return {"type": "json_schema", "schema": closed(form.schema)}


def _stop(request: ChatRequest, losses: Losses) -> list[str] | None:
    fitting = [text for text in request.stop if text.strip()]
    if len(fitting) < len(request.stop):
        losses.note("stop", "Anthropic's stop sequences can't be white space only")
    return fitting or None


def _note_lost(request: ChatRequest, losses: Losses) -> None:
    unknown = {
        "seed": request.seed,
        "verbosity": request.verbosity,
        "cache_key": request.cache_key,
        "metadata": request.metadata,
    }
    for name in said(unknown):
        losses.note(name, "Anthropic knows no such thing")
    if request.logprobs or request.top_logprobs:
        losses.note("logprobs", "Anthropic does not tell them")
    if request.service_tier not in (None, "auto", "default"):
        losses.note("service_tier", "the tiers have other names here")
    if request.store:
        losses.note("store", "Anthropic stores no answers")
    if request.choices > 1:
        losses.note("choices", "Anthropic gives one answer", grave=True)
    if request.previous_response_id is not None:
        losses.note("previous_response_id", "this vendor keeps no conversations", grave=True)
