"""A conversation's request, as it is written to a vendor of this language."""

from typing import Final

import msgspec

from waystation.dialects.codec import Encoded, Target
from waystation.dialects.losses import Losses
from waystation.dialects.openai_chat.bounds import user_of
from waystation.dialects.openai_responses.messages_out import Script
from waystation.dialects.openai_responses.nested import put
from waystation.dialects.openai_responses.own import ResponsesRequest
from waystation.dialects.openai_responses.parts_out import Wording
from waystation.dialects.openai_responses.request_in import LOGPROBS, SEALED
from waystation.dialects.openai_responses.seals import DIALECT
from waystation.dialects.openai_responses.tools import encode_tools
from waystation.dialects.reasoning import effort_of
from waystation.dialects.table import said
from waystation.wire.chat import ChatRequest, Reasoning, ResponseFormat, TextPart, ThinkingPart, ToolCallPart
from waystation.wire.dialect import Dialect

_OPENAI: Final[frozenset[Dialect]] = frozenset(("openai.chat", "openai.responses", "openai.completions"))
_LEAST_TOKENS: Final = 16  # "integer below minimum value. Expected a value >= 16" (2026-07)
_SUMMARIES: Final = ("auto", "concise", "detailed")
_STREAM_OPTIONS: Final = "stream_options."


def encode_request(request: ChatRequest, target: Target) -> Encoded:
    """Usage comes in every stream of this language.

    A request in another language stores nothing, so its reasoning comes sealed, to be sent back in the next turn.
    """
    losses = Losses(request.dialect, "openai.responses")
    wording = Wording(losses, target.traits, mixed=_is_mixed(request))
    script = Script(wording)
    for at, message in enumerate(request.messages):
        script.add(message, f"messages[{at}]")
    members: dict[str, object] = {"model": target.model, **script.members}
    if script.items or not script.members:
        members["input"] = script.items
    if target.stream:
        members["stream"] = True
    members |= encode_tools(request, losses)
    members |= said(_settings(request, wording))
    extras = losses.keep("", request.extras)
    if not target.stream:
        extras = {name: value for name, value in extras.items() if not name.startswith(_STREAM_OPTIONS)}
    return Encoded(msgspec.json.encode(put(members, extras)), losses.found())


def _is_mixed(request: ChatRequest) -> bool:
    parts = (part for message in request.messages for part in message.parts)
    seals = (part.seal for part in parts if isinstance(part, TextPart | ThinkingPart | ToolCallPart))
    return any(seal is not None and seal.dialect != DIALECT for seal in seals)


def _settings(request: ChatRequest, wording: Wording) -> dict[str, object]:
    _note_lost(request, wording)
    user_name = request.user_name if isinstance(request, ResponsesRequest) else "user"
    return {
        "max_output_tokens": _bound(request, wording),
        "parallel_tool_calls": request.parallel_tool_calls if request.tools or wording.same else None,
        "temperature": request.temperature,
        "top_p": request.top_p,
        "top_logprobs": request.top_logprobs if request.logprobs or wording.same else None,
        "include": _include(request, wording),
        "text": said({"format": _format(request.response_format), "verbosity": request.verbosity}) or None,
        "reasoning": _reasoning(request.reasoning, wording),
        "service_tier": request.service_tier if request.dialect in _OPENAI else None,
        user_name: user_of(request.user, wording.losses),
        "metadata": request.metadata,
        "prompt_cache_key": request.cache_key,
        "store": request.store if wording.same else False,
        "previous_response_id": request.previous_response_id,
    }


def _bound(request: ChatRequest, wording: Wording) -> int | None:
    bound = request.max_output_tokens
    if bound is None or bound >= _LEAST_TOKENS or wording.same:
        return bound
    wording.losses.note("max_output_tokens", f"the least bound here is {_LEAST_TOKENS}")
    return _LEAST_TOKENS


def _include(request: ChatRequest, wording: Wording) -> list[str] | None:
    if isinstance(request, ResponsesRequest) and wording.same:
        return list(request.include) or None
    return [SEALED, LOGPROBS] if request.logprobs else [SEALED]


def _reasoning(reasoning: Reasoning | None, wording: Wording) -> dict[str, object] | None:
    if reasoning is None:
        return None
    summary = reasoning.summary if reasoning.summary in _SUMMARIES or wording.same else None
    return said({"effort": effort_of(reasoning), "summary": summary}) or None


def _format(form: ResponseFormat | None) -> dict[str, object] | None:
    if form is None:
        return None
    if form.kind != "json_schema":
        return {"type": form.kind}
    return said(
        {
            "type": "json_schema",
            "name": form.name or "response",
            "description": form.description,
            "schema": form.schema,
            "strict": form.strict,
        }
    )


def _note_lost(request: ChatRequest, wording: Wording) -> None:
    note = wording.losses.note
    unknown = {
        "top_k": request.top_k,
        "frequency_penalty": request.frequency_penalty,
        "presence_penalty": request.presence_penalty,
        "seed": request.seed,
        "stop": request.stop or None,
    }
    for name in said(unknown):
        note(name, "this language has no such member")
    if request.choices > 1:
        note("n", "this language gives one answer", grave=True)
    if wording.same:
        return
    if request.service_tier is not None and request.dialect not in _OPENAI:
        note("service_tier", "the tiers have other names here")
    if request.store:
        note("store", "what is asked in another language is not stored")
    reasoning = request.reasoning
    if reasoning is not None and reasoning.enabled and reasoning.effort is None and reasoning.budget_tokens is None:
        note("reasoning", "whether to think is the model's to decide here")
