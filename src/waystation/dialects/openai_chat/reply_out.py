"""A whole answer, as a caller of OpenAI's chat reads it."""

from collections.abc import Sequence

import msgspec

from waystation.dialects.codec import Asked
from waystation.dialects.openai_chat.citations import citations_of
from waystation.dialects.openai_chat.details import details_of
from waystation.dialects.openai_chat.finishes import word_of
from waystation.dialects.openai_chat.media import url_of
from waystation.dialects.openai_chat.nested import put
from waystation.dialects.openai_chat.tools import OldFunction
from waystation.dialects.openai_chat.usage_out import usage_of
from waystation.dialects.seal import shown
from waystation.dialects.table import said
from waystation.wire.chat import (
    NO_EXTRAS,
    ChatReply,
    ChatRequest,
    Choice,
    Extras,
    FileId,
    ForeignPart,
    ImagePart,
    Part,
    RefusalPart,
    TextPart,
    ThinkingPart,
    ToolCallPart,
)
from waystation.wire.dialect import Dialect


def encode_reply(reply: ChatReply, asked: Asked) -> bytes:
    """What the caller's language can't say of an answer, such as another one's built-in calls, is left out."""
    own = reply.dialect == "openai.chat"
    old, hidden = is_old(asked.request), is_hidden(asked.request)
    members = {
        "id": id_of(reply.id if own else None, asked.call_id),
        "object": "chat.completion",
        "created": asked.at if reply.created is None else reply.created,
        "model": reply.model or asked.request.model,
        "choices": [_choice(choice, reply.dialect, old=old, hidden=hidden) for choice in reply.choices],
        "usage": None if reply.heard is None else usage_of(reply.heard),
        "service_tier": reply.service_tier,
    }
    return msgspec.json.encode(put(said(members), reply.extras if own else NO_EXTRAS))


def is_old(request: ChatRequest) -> bool:
    """The caller gave functions, so it reads calls in `function_call`."""
    return any(isinstance(tool, OldFunction) for tool in request.tools)


def is_hidden(request: ChatRequest) -> bool:
    """The caller does not want to see thoughts (OpenRouter's `exclude`). Their seals it gets, for the next turn."""
    return request.reasoning is not None and request.reasoning.summary == "none"


def id_of(identity: str | None, call_id: str) -> str:
    return identity or f"chatcmpl-{call_id.removeprefix('call_')}"


def call_of(call: ToolCallPart) -> dict[str, object]:
    kind, name = ("custom", "input") if call.custom else ("function", "arguments")
    members: dict[str, object] = {"id": call.id, "type": kind, kind: {"name": call.name, name: call.arguments}}
    if call.seal is not None:
        members["extra_content"] = {"google": {"thought_signature": shown(call.seal, "openai.chat")}}
    return members


def _choice(choice: Choice, source: Dialect, *, old: bool, hidden: bool) -> dict[str, object]:
    extras: Extras = choice.extras if source == "openai.chat" else NO_EXTRAS
    logprobs = None if choice.logprobs is None else {"content": choice.logprobs}
    members: dict[str, object] = {
        "index": choice.index,
        "message": _message(choice.parts, source, old=old, hidden=hidden),
        "logprobs": logprobs,
        "finish_reason": word_of(choice.finish_reason, old=old),
    }
    return put(members, extras)


def _message(parts: Sequence[Part], source: Dialect, *, old: bool, hidden: bool) -> dict[str, object]:
    thoughts = [part for part in parts if isinstance(part, ThinkingPart)]
    if hidden:
        thoughts = [msgspec.structs.replace(part, text="") for part in thoughts]
    texts = tuple(part for part in parts if isinstance(part, TextPart))
    calls = [part for part in parts if isinstance(part, ToolCallPart)]
    refusal = "".join(part.text for part in parts if isinstance(part, RefusalPart))
    members: dict[str, object] = {
        "role": "assistant",
        "content": _content(parts, texts) if texts or not (calls or refusal) else None,
        "refusal": refusal or None,
    }
    return members | said(
        {
            "reasoning_content": "".join(part.text for part in thoughts) or None,
            "reasoning_details": details_of(thoughts),
            "annotations": citations_of(texts, own=source == "openai.chat"),
            "images": _images(parts),
            "tool_calls": None if old else _calls(calls, source) or None,
            "function_call": {"name": calls[0].name, "arguments": calls[0].arguments} if old and calls else None,
        }
    )


def _content(parts: Sequence[Part], texts: Sequence[TextPart]) -> str | list[object]:
    """An array only where there is a part that only this language's own vendor knows."""
    if not any(isinstance(part, ForeignPart) and part.dialect == "openai.chat" for part in parts):
        return "".join(part.text for part in texts)
    content: list[object] = []
    for part in parts:
        match part:
            case TextPart():
                content.append({"type": "text", "text": part.text})
            case ForeignPart(dialect="openai.chat"):
                content.append(part.raw)
    return content


def _images(parts: Sequence[Part]) -> list[object] | None:
    images = [part.source for part in parts if isinstance(part, ImagePart)]
    urls = [url_of(source) for source in images if not isinstance(source, FileId)]
    return [{"type": "image_url", "image_url": {"url": url}} for url in urls] or None


def _calls(calls: Sequence[ToolCallPart], source: Dialect) -> list[object]:
    return [put(call_of(call), call.extras if source == "openai.chat" else NO_EXTRAS) for call in calls]
