"""A reply as Gemini tells it, plain and as the pieces of a stream."""

from collections.abc import Iterator
from dataclasses import replace

import msgspec

from waystation.demo.gemini.checks import call_seal, seals_calls, text_seal
from waystation.demo.replies import Reply, Wire
from waystation.demo.tokens import count
from waystation.demo.usage import Usage


def usage_of(usage: Usage) -> Wire:
    """Prompt tokens include the cached ones; the thought's tokens stand beside the candidates'."""
    said = usage.completion_tokens - usage.reasoning_tokens
    total = usage.prompt_tokens + usage.completion_tokens
    told: Wire = {
        "promptTokenCount": usage.prompt_tokens,
        "candidatesTokenCount": said,
        "totalTokenCount": total,
        "promptTokensDetails": [{"modality": "TEXT", "tokenCount": usage.prompt_tokens}],
    }
    if usage.cached_tokens:
        told["cachedContentTokenCount"] = usage.cached_tokens
    if usage.reasoning_tokens:
        told["thoughtsTokenCount"] = usage.reasoning_tokens
    return told


def response(reply: Reply, *, shows_thought: bool) -> Wire:
    parts = [_thought("".join(reply.thought))] if reply.thought and shows_thought else []
    if reply.tool is not None:
        parts.append(_call(reply))
    elif reply.pieces:
        text = "".join(reply.pieces)
        parts.append({"text": text, **_text_seal(reply, text)})
    return _chunk(reply, parts, reply.usage, finish_reason=_finish_reason(reply))


def chunks(reply: Reply, *, shows_thought: bool) -> Iterator[Wire]:
    """Each tells the usage so far; the last has the signature of the text, and why it ends."""
    heard = replace(reply.usage, completion_tokens=0, reasoning_tokens=0)
    for piece in reply.thought if shows_thought else ():
        yield _chunk(reply, [_thought(piece)], heard)
    thinking = reply.usage.reasoning_tokens
    told = ""
    if reply.tool is not None:
        yield _chunk(reply, [_call(reply)], reply.usage)
    for piece in reply.pieces if reply.tool is None else ():
        told += piece
        so_far = replace(heard, completion_tokens=thinking + count(told) * reply.choices, reasoning_tokens=thinking)
        yield _chunk(reply, [{"text": piece}], so_far)
    last: Wire = {"text": "", **(_text_seal(reply, told) if reply.tool is None else {})}
    yield _chunk(reply, [last], reply.usage, finish_reason=_finish_reason(reply))


def _chunk(reply: Reply, parts: list[Wire], usage: Usage, finish_reason: str | None = None) -> Wire:
    ending: Wire = {} if finish_reason is None else {"finishReason": finish_reason}
    candidate = {"content": {"parts": parts, "role": "model"}, **ending}
    return {
        "candidates": [{**candidate, "index": index} for index in range(reply.choices)],
        "usageMetadata": usage_of(usage),
        "modelVersion": reply.model,
        "responseId": reply.id,
    }


def _finish_reason(reply: Reply) -> str:
    return "MAX_TOKENS" if reply.finish_reason == "length" else "STOP"


def _thought(text: str) -> Wire:
    return {"text": text, "thought": True}


def _text_seal(reply: Reply, text: str) -> Wire:
    return {"thoughtSignature": text_seal(text)} if reply.thought else {}


def _call(reply: Reply) -> Wire:
    """Arguments that were cut are no JSON: nothing of them is told."""
    assert reply.tool is not None
    try:
        args: object = msgspec.json.decode(reply.tool.arguments)
    except msgspec.DecodeError:
        args = {}
    call: Wire = {"name": reply.tool.name, "args": args}
    if not seals_calls(reply.model):
        return {"functionCall": call}
    return {
        "functionCall": {**call, "id": reply.tool.id},
        "thoughtSignature": call_seal(reply.tool.name, args),
    }
