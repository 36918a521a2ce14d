"""A whole answer, as a caller of Gemini reads it."""

from collections.abc import Sequence

import msgspec

from waystation.dialects.codec import Asked
from waystation.dialects.gemini_generate.annotations import metadata_of
from waystation.dialects.gemini_generate.finishes import word_of
from waystation.dialects.gemini_generate.logprobs import result_of
from waystation.dialects.gemini_generate.media import data_of
from waystation.dialects.gemini_generate.nested import put
from waystation.dialects.gemini_generate.own import Unnumbered
from waystation.dialects.gemini_generate.parts_in import REDACTED
from waystation.dialects.gemini_generate.parts_out import arguments_of
from waystation.dialects.gemini_generate.times import time_of
from waystation.dialects.gemini_generate.usage import usage_of
from waystation.dialects.seal import shown, wrap
from waystation.dialects.table import said
from waystation.wire.chat import (
    NO_EXTRAS,
    Annotation,
    ChatReply,
    ChatRequest,
    Choice,
    ForeignPart,
    Part,
    RefusalPart,
    Seal,
    TextPart,
    ThinkingPart,
    ToolCallPart,
    ToolResultPart,
)


def encode_reply(reply: ChatReply, asked: Asked) -> bytes:
    """What Gemini can't say of an answer, such as another vendor's built-in calls, is left out."""
    own = reply.dialect == "gemini.generate"
    hidden = is_hidden(asked.request) and not own
    blocked = own and "promptFeedback" in reply.extras and not any(c.parts or c.extras for c in reply.choices)
    members = {
        "candidates": None if blocked else [_candidate(choice, own=own, hidden=hidden) for choice in reply.choices],
        "modelVersion": reply.model or asked.request.model,
        "createTime": None if own else time_of(reply.created),
        "responseId": (reply.id if own else None) or id_of(asked.call_id),
    }
    answer = put(said(members), reply.extras if own else NO_EXTRAS)
    if reply.heard is not None:
        answer.setdefault("usageMetadata", usage_of(reply.heard))
    return msgspec.json.encode(answer)


def is_hidden(request: ChatRequest) -> bool:
    """Gemini shows thoughts only to those who ask for them. Their seals all get, for the next turn."""
    reasoning = request.reasoning
    return request.dialect == "gemini.generate" and (reasoning is None or reasoning.summary in (None, "none"))


def id_of(call_id: str) -> str:
    return call_id.removeprefix("call_")


def signature_of(seal: Seal | None, *, redacted: bool = False) -> dict[str, object]:
    if seal is None:
        return {}
    if redacted and seal.dialect != "gemini.generate":
        return {"thoughtSignature": wrap(Seal(seal.dialect, REDACTED + seal.text))}
    return {"thoughtSignature": shown(seal, "gemini.generate")}


def call_of(identity: str | None, name: str, arguments: str) -> dict[str, object]:
    return {"functionCall": said({"id": identity, "name": name, "args": arguments_of(arguments)})}


def _candidate(choice: Choice, *, own: bool, hidden: bool) -> dict[str, object]:
    written = [_part(part, own=own, hidden=hidden) for part in choice.parts]
    members: dict[str, object] = {
        "content": {"parts": [part for part in written if part is not None], "role": "model"},
        "index": choice.index,
    }
    if own:
        return put(members, choice.extras)
    return members | said(
        {
            "finishReason": word_of(choice.finish_reason),
            "groundingMetadata": metadata_of(_citations(choice.parts)),
            "logprobsResult": result_of(choice.logprobs),
        }
    )


def _part(part: Part, *, own: bool, hidden: bool) -> dict[str, object] | msgspec.Raw | None:
    members: dict[str, object] | None
    match part:
        case TextPart() | RefusalPart():
            seal = part.seal if isinstance(part, TextPart) else None
            members = {"text": part.text} | signature_of(seal)
        case ThinkingPart():
            members = _thought(part, hidden=hidden)
        case ToolCallPart():
            identity = None if own and isinstance(part, Unnumbered) else part.id
            members = call_of(identity, part.name, part.arguments) | signature_of(part.seal)
        case ForeignPart():
            return part.raw if part.dialect == "gemini.generate" else None
        case ToolResultPart():
            return None
        case _:
            members = data_of(part)
    return put(members, part.extras) if own and members is not None else members


def _thought(part: ThinkingPart, *, hidden: bool) -> dict[str, object] | None:
    if hidden and part.seal is None:
        return None
    text = "" if hidden else part.text
    return {"text": text, "thought": True} | signature_of(part.seal, redacted=part.redacted)


def _citations(parts: Sequence[Part]) -> list[tuple[Annotation, str]]:
    """Each with the text that it stands on; none where there are several, since a segment is of one."""
    texts = [part for part in parts if isinstance(part, TextPart)]
    return [(annotation, text.text if len(texts) == 1 else "") for text in texts for annotation in text.annotations]
