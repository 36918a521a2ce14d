"""A whole answer, as a caller of completions reads it: its text. Thoughts and calls have no place there."""

import msgspec

from waystation.dialects.codec import Asked
from waystation.dialects.openai_chat.finishes import word_of
from waystation.dialects.openai_chat.nested import put
from waystation.dialects.openai_chat.usage_out import usage_of
from waystation.dialects.openai_completions.logprobs import columns_of
from waystation.dialects.table import said
from waystation.wire.chat import NO_EXTRAS, ChatReply, Choice, FinishReason, RefusalPart, TextPart


def encode_reply(reply: ChatReply, asked: Asked) -> bytes:
    own = reply.dialect == "openai.completions"
    members = {
        "id": (reply.id if own else None) or id_of(asked.call_id),
        "object": "text_completion",
        "created": asked.at if reply.created is None else reply.created,
        "model": reply.model or asked.request.model,
        "choices": [_choice(choice, own=own) for choice in reply.choices],
        "usage": None if reply.heard is None else usage_of(reply.heard),
        "service_tier": reply.service_tier if own else None,
    }
    return msgspec.json.encode(put(said(members), reply.extras if own else NO_EXTRAS))


def id_of(call_id: str) -> str:
    return f"cmpl-{call_id.removeprefix('call_')}"


def finish_of(reason: FinishReason) -> str:
    """There are no calls in this language."""
    return "stop" if reason == "tool_calls" else word_of(reason)


def _choice(choice: Choice, *, own: bool) -> dict[str, object]:
    members: dict[str, object] = {
        "text": "".join(part.text for part in choice.parts if isinstance(part, TextPart | RefusalPart)),
        "index": choice.index,
        "finish_reason": finish_of(choice.finish_reason),
    }
    members = put(members, choice.extras if own else NO_EXTRAS)
    members.setdefault("logprobs", None if choice.logprobs is None else columns_of(choice.logprobs, 0))
    return members
