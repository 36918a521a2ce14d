"""A conversation's request, as it is written to a vendor: all but the model, which stands in the path."""

from typing import Final

import msgspec

from waystation.dialects.codec import Encoded, Target
from waystation.dialects.gemini_generate.ask import CHOICES_MAX
from waystation.dialects.gemini_generate.contents_out import Script
from waystation.dialects.gemini_generate.nested import put
from waystation.dialects.gemini_generate.own import GivenFormat
from waystation.dialects.gemini_generate.parts_out import Wording
from waystation.dialects.gemini_generate.quirks import family_of
from waystation.dialects.gemini_generate.thinking import encode_thinking
from waystation.dialects.gemini_generate.tools import encode_tools
from waystation.dialects.losses import Losses
from waystation.dialects.table import said
from waystation.wire.chat import ChatRequest, ResponseFormat, ToolCallPart

_JSON: Final = "application/json"
_STOPS_MAX: Final = 5  # ai.google.dev/api/generate-content#generationconfig (2026-11)
_TOP_LOGPROBS_MAX: Final = 20
_SEED_MAX: Final = 2**31 - 1
# OpenAI's tiers in Gemini's words (ai.google.dev/gemini-api/docs/flex-inference and .../priority-inference, 2026-11).
_TIERS: Final = {"default": "standard", "flex": "flex", "priority": "priority"}


def encode_request(request: ChatRequest, target: Target) -> Encoded:
    losses = Losses(request.dialect, "gemini.generate")
    calls = (part for message in request.messages for part in message.parts if isinstance(part, ToolCallPart))
    wording = Wording(losses, family_of(target.model), {call.id: call.name for call in calls})
    script = Script(wording)
    for at, message in enumerate(request.messages):
        script.add(message, f"messages[{at}]")
    script.end()
    members = said({"systemInstruction": script.instruction, "contents": script.contents})
    members |= encode_tools(request, losses)
    config = said(_config(request, wording))
    if config:
        members["generationConfig"] = config
    members |= said({"serviceTier": _tier(request, wording)})
    _note_lost(request, wording)
    return Encoded(msgspec.json.encode(put(members, losses.keep("", request.extras))), losses.found())


def _config(request: ChatRequest, wording: Wording) -> dict[str, object]:
    logprobs = request.logprobs
    return {
        "maxOutputTokens": request.max_output_tokens,
        "temperature": request.temperature,
        "topP": request.top_p,
        "topK": request.top_k,
        "candidateCount": _choices(request, wording),
        "stopSequences": _stops(request, wording),
        "seed": _seed(request, wording),
        "presencePenalty": request.presence_penalty,
        "frequencyPenalty": request.frequency_penalty,
        "responseLogprobs": logprobs,
        "logprobs": _top_logprobs(request, wording) if logprobs or wording.same else None,
        "thinkingConfig": encode_thinking(request.reasoning, wording.family, wording.losses),
        **_format(request, wording),
    }


def _choices(request: ChatRequest, wording: Wording) -> int | None:
    if request.choices > CHOICES_MAX:
        wording.lose("n", f"Gemini gives at most {CHOICES_MAX} answers")
    return min(request.choices, CHOICES_MAX) if request.choices > 1 else None


def _stops(request: ChatRequest, wording: Wording) -> list[str] | None:
    if len(request.stop) > _STOPS_MAX and not wording.same:
        wording.lose("stop", f"Gemini takes at most {_STOPS_MAX} of them")
        return list(request.stop[:_STOPS_MAX])
    return list(request.stop) or None


def _seed(request: ChatRequest, wording: Wording) -> int | None:
    if request.seed is None or wording.same or -_SEED_MAX <= request.seed <= _SEED_MAX:
        return request.seed
    wording.losses.note("seed", "Gemini's seeds have 32 bits")
    return None


def _top_logprobs(request: ChatRequest, wording: Wording) -> int | None:
    if request.top_logprobs is None or wording.same:
        return request.top_logprobs
    return min(request.top_logprobs, _TOP_LOGPROBS_MAX) or None


def _format(request: ChatRequest, wording: Wording) -> dict[str, object]:
    form = request.response_format
    if form is None or (form.kind == "text" and not wording.same):
        return {}
    if isinstance(form, GivenFormat) and wording.same:
        return dict(form.members)
    if request.tools and not wording.family.formats_calls:
        wording.lose("response_format", "this model can't both have functions and keep to a format")
        return {}
    return {"responseMimeType": _JSON} | _schema(form, wording)


def _schema(form: ResponseFormat, wording: Wording) -> dict[str, object]:
    if form.description is not None:
        wording.losses.note("response_format.description", "Gemini has no such member")
    return said({"responseJsonSchema": form.schema})


def _tier(request: ChatRequest, wording: Wording) -> str | None:
    tier = request.service_tier
    if tier is None or tier == "auto" or wording.same:
        return None if tier == "auto" and not wording.same else tier
    if tier not in _TIERS:
        wording.losses.note("service_tier", "Gemini has no such tier")
    return _TIERS.get(tier)


def _note_lost(request: ChatRequest, wording: Wording) -> None:
    note = wording.losses.note
    unknown = {
        "user": request.user,
        "metadata": request.metadata,
        "verbosity": request.verbosity,
        "prompt_cache_key": request.cache_key,
    }
    for name in said(unknown):
        note(name, "Gemini has no such member")
    if request.store:
        note("store", "Gemini stores no answers")
    if request.previous_response_id is not None:
        note("previous_response_id", "Gemini keeps no conversations", grave=True)
