"""A conversation's request, as it is written to a vendor of this language."""

from typing import Final

import msgspec

from waystation.dialects.codec import Encoded, Target
from waystation.dialects.losses import Losses
from waystation.dialects.openai_chat.bounds import user_of
from waystation.dialects.openai_chat.effort import encode_reasoning
from waystation.dialects.openai_chat.messages_out import Script
from waystation.dialects.openai_chat.nested import put
from waystation.dialects.openai_chat.parts_out import Wording
from waystation.dialects.openai_chat.tools import encode_tools
from waystation.dialects.table import said
from waystation.wire.chat import ChatRequest, ResponseFormat
from waystation.wire.dialect import Dialect

_OPENAI: Final[frozenset[Dialect]] = frozenset(("openai.chat", "openai.responses", "openai.completions"))
_STREAM_OPTIONS: Final = "stream_options."


def encode_request(request: ChatRequest, target: Target) -> Encoded:
    """The vendor's stream is always asked for its usage: the bill rests on it."""
    losses = Losses(request.dialect, "openai.chat")
    wording = Wording(losses, target.traits)
    script = Script(wording)
    for at, message in enumerate(request.messages):
        script.add(message, f"messages[{at}]")
    script.flush()
    members: dict[str, object] = {"model": target.model, "messages": script.messages}
    if target.stream:
        members |= {"stream": True, "stream_options": {"include_usage": True}}
    members |= encode_tools(request, losses, custom="custom_tools" in target.traits)
    members |= said(_settings(request, wording))
    members |= encode_reasoning(request.reasoning, same=wording.same)
    extras = losses.keep("", request.extras)
    if not target.stream:
        extras = {name: value for name, value in extras.items() if not name.startswith(_STREAM_OPTIONS)}
    return Encoded(msgspec.json.encode(put(members, extras)), losses.found())


def _settings(request: ChatRequest, wording: Wording) -> dict[str, object]:
    _note_lost(request, wording)
    bound = "max_completion_tokens" if "max_completion_tokens" in wording.traits else "max_tokens"
    return {
        bound: request.max_output_tokens,
        "parallel_tool_calls": request.parallel_tool_calls if request.tools else None,
        "temperature": request.temperature,
        "top_p": request.top_p,
        "top_k": request.top_k if wording.same else None,
        "frequency_penalty": request.frequency_penalty,
        "presence_penalty": request.presence_penalty,
        "seed": request.seed,
        "stop": list(request.stop) or None,
        "logprobs": request.logprobs,
        "top_logprobs": request.top_logprobs,
        "n": request.choices if request.choices > 1 else None,
        "response_format": _response_format(request.response_format),
        "user": user_of(request.user, wording.losses),
        **_own_settings(request, wording),
    }


def _own_settings(request: ChatRequest, wording: Wording) -> dict[str, object]:
    """What only OpenAI itself knows: some servers refuse a request for a member that they do not."""
    tier = request.service_tier if request.dialect in _OPENAI else None
    settings: dict[str, object] = {
        "verbosity": request.verbosity,
        "service_tier": tier,
        "metadata": request.metadata,
        "prompt_cache_key": request.cache_key,
        "store": request.store,
    }
    if wording.same:
        return settings
    known = "developer_role" in wording.traits
    if request.metadata is not None and not (known and request.store):  # OpenAI takes it with `store` only
        wording.losses.note("metadata", "nothing is stored that it could stand on")
        settings["metadata"] = None
    if known:
        return settings
    for name in ("verbosity", "service_tier", "prompt_cache_key"):
        if settings[name] is not None:
            wording.losses.note(name, "not every vendor of this language knows it")
    return {}


def _note_lost(request: ChatRequest, wording: Wording) -> None:
    note = wording.losses.note
    if request.top_k is not None and not wording.same:
        note("top_k", "not every vendor of this language knows it")
    if request.service_tier is not None and request.dialect not in _OPENAI:
        note("service_tier", "the tiers have other names here")
    if request.previous_response_id is not None:
        note("previous_response_id", "this vendor keeps no conversations", grave=True)
    reasoning = request.reasoning
    if reasoning is not None and not wording.same:
        if reasoning.enabled and reasoning.effort is None and reasoning.budget_tokens is None:
            note("reasoning", "whether to think is the model's to decide here")
        if reasoning.summary not in (None, "none"):
            note("reasoning.summary", "whether thoughts are shown is the vendor's to decide here")


def _response_format(form: ResponseFormat | None) -> dict[str, object] | None:
    if form is None:
        return None
    if form.kind != "json_schema":
        return {"type": form.kind}
    schema = {
        "name": form.name or "response",
        "description": form.description,
        "schema": form.schema,
        "strict": form.strict,
    }
    return {"type": "json_schema", "json_schema": said(schema)}
