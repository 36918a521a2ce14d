"""A whole answer, as a caller of this language reads it."""

from typing import Final

import msgspec

from waystation.dialects.anthropic_messages.blocks_out import input_of
from waystation.dialects.anthropic_messages.citations import citation_of
from waystation.dialects.anthropic_messages.finishes import word_of
from waystation.dialects.anthropic_messages.nested import put
from waystation.dialects.anthropic_messages.rough import rough_input
from waystation.dialects.anthropic_messages.seals import NATIVE, OF_NEXT_CALL, OF_NEXT_TEXT, marked
from waystation.dialects.anthropic_messages.usage import usage_of
from waystation.dialects.codec import Asked
from waystation.dialects.listener import facts_of
from waystation.dialects.seal import shown
from waystation.dialects.table import said
from waystation.wire.chat import (
    NO_EXTRAS,
    ChatReply,
    ChatRequest,
    Choice,
    Extras,
    ForeignPart,
    Part,
    RefusalPart,
    TextPart,
    ThinkingPart,
    ToolCallPart,
)
from waystation.wire.estimate import tokens_of

Shown = dict[str, object] | msgspec.Raw
_NO_CHOICE: Final = Choice()


def encode_reply(reply: ChatReply, asked: Asked) -> bytes:
    """What this language can't say of an answer, such as another one's built-in calls, is left out."""
    own = reply.dialect == NATIVE
    choice = reply.choices[0] if reply.choices else _NO_CHOICE
    content = [block for part in choice.parts for block in _blocks(part, asked.request, own=own)]
    members: dict[str, object] = {
        "id": id_of(reply.id if own else None, asked.call_id),
        "type": "message",
        "role": "assistant",
        "model": reply.model or asked.request.model,
        "content": content,
        "stop_reason": word_of(choice.finish_reason),
        "stop_sequence": choice.stop_sequence,
        "usage": _usage(reply, asked.request, own=own),
    }
    return msgspec.json.encode(put(members, reply.extras if own else NO_EXTRAS))


def id_of(identity: str | None, call_id: str) -> str:
    return identity or f"msg_{call_id.removeprefix('call_')}"


def is_hidden(request: ChatRequest) -> bool:
    """The caller wants thoughts to be omitted. Their seals it gets, for the next turn."""
    return request.reasoning is not None and request.reasoning.summary == "none"


def is_unasked(request: ChatRequest) -> bool:
    """The caller asked for no thinking, so it need not know such blocks; but its tools may need the seals in them."""
    reasoning = request.reasoning
    asked = reasoning is not None and (reasoning.enabled or reasoning.effort is not None)
    return not asked and not request.tools


def _usage(reply: ChatReply, request: ChatRequest, *, own: bool) -> dict[str, object]:
    """Clients count on it, so a vendor's silence is told as an estimate."""
    if reply.heard is not None:
        usage = usage_of(reply.heard)
        if own:
            usage.pop("server_tool_use", None)  # it stands whole among the extras
        return usage
    return {"input_tokens": rough_input(request), "output_tokens": tokens_of(facts_of(reply).weight)}


def _blocks(part: Part, request: ChatRequest, *, own: bool) -> list[Shown]:
    match part:
        case TextPart():
            return _text(part, own=own)
        case RefusalPart(text=text):
            return [{"type": "text", "text": text}]
        case ThinkingPart():
            return _thinking(part, request)
        case ToolCallPart():
            return _call(part, own=own)
        case ForeignPart(dialect="anthropic.messages"):
            return [part.raw]
        case _:
            return []


def _text(part: TextPart, *, own: bool) -> list[Shown]:
    if not part.text:
        return []
    citations = map(citation_of, part.annotations)
    found = [citation for citation in citations if citation is not None]
    block = put(said({"type": "text", "text": part.text, "citations": found or None}), _extras(part, own=own))
    return [block] if part.seal is None else [marked(part.seal, OF_NEXT_TEXT), block]


def _thinking(part: ThinkingPart, request: ChatRequest) -> list[Shown]:
    if is_unasked(request):
        return []
    if part.redacted:
        return [] if part.seal is None else [{"type": "redacted_thinking", "data": shown(part.seal, NATIVE)}]
    signature = "" if part.seal is None else shown(part.seal, NATIVE)
    text = "" if is_hidden(request) else part.text
    return [{"type": "thinking", "thinking": text, "signature": signature}] if text or signature else []


def _call(part: ToolCallPart, *, own: bool) -> list[Shown]:
    members = {
        "type": "tool_use",
        "id": part.id,
        "name": part.name,
        "input": {"input": part.arguments} if part.custom else input_of(part.arguments),
    }
    block = put(members, _extras(part, own=own))
    return [block] if part.seal is None else [marked(part.seal, OF_NEXT_CALL), block]


def _extras(part: TextPart | ToolCallPart, *, own: bool) -> Extras:
    return part.extras if own else NO_EXTRAS
