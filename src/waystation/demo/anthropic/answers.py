"""A reply as Anthropic tells it, plain and as events."""

from collections.abc import Iterator
from typing import Final

import msgspec

from waystation.demo.anthropic.checks import KIND
from waystation.demo.replies import Reply, Wire
from waystation.demo.seals import sealed
from waystation.demo.usage import Usage

_STREAMED_AT_FIRST: Final = 1  # output tokens that `message_start` tells


def usage_of(usage: Usage) -> Wire:
    """Input tokens are told without the cached ones, output tokens with those of the thought."""
    return {
        "input_tokens": usage.prompt_tokens - usage.cached_tokens,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": usage.cached_tokens,
        "cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0},
        "output_tokens": usage.completion_tokens,
        "output_tokens_details": {"thinking_tokens": usage.reasoning_tokens},
        "service_tier": "standard",
    }


def message(reply: Reply, *, shows_thought: bool) -> Wire:
    blocks: list[Wire] = []
    if reply.thought:
        blocks.append(_thinking(reply, shows_thought=shows_thought))
    if reply.tool is not None:
        blocks.append({**_tool_use(reply), "input": _input(reply.tool.arguments)})
    elif reply.pieces:
        blocks.append({"type": "text", "text": "".join(reply.pieces), "citations": None})
    return {
        **_head(reply),
        "content": blocks,
        "stop_reason": stop_reason(reply),
        "usage": usage_of(reply.usage),
    }


def events(reply: Reply, *, shows_thought: bool) -> Iterator[Wire]:
    usage = usage_of(reply.usage)
    first = {name: part for name, part in usage.items() if name != "output_tokens_details"}
    begun = {**_head(reply), "usage": {**first, "output_tokens": _STREAMED_AT_FIRST}}
    yield {"type": "message_start", "message": begun}
    index = 0
    if reply.thought:
        yield from _thinking_events(reply, shows_thought=shows_thought)
        index = 1
    if reply.tool is not None or reply.pieces:
        yield from _said_events(reply, index)
    told = {name: part for name, part in usage.items() if name not in {"service_tier", "cache_creation"}}
    delta = {"stop_reason": stop_reason(reply), "stop_sequence": None, "stop_details": None, "container": None}
    yield {"type": "message_delta", "delta": delta, "usage": told}
    yield {"type": "message_stop"}


def stop_reason(reply: Reply) -> str:
    if reply.finish_reason == "length":
        return "max_tokens"
    return "end_turn" if reply.tool is None else "tool_use"


def _head(reply: Reply) -> Wire:
    return {
        "id": reply.id,
        "type": "message",
        "role": "assistant",
        "model": reply.model,
        "content": [],
        "container": None,
        "stop_reason": None,
        "stop_sequence": None,
        "stop_details": None,
    }


def _thinking(reply: Reply, *, shows_thought: bool) -> Wire:
    thought = "".join(reply.thought)
    return {
        "type": "thinking",
        "thinking": thought if shows_thought else "",
        "signature": sealed(KIND, thought),
    }


def _tool_use(reply: Reply) -> Wire:
    assert reply.tool is not None
    return {"type": "tool_use", "id": reply.tool.id, "name": reply.tool.name, "input": {}}


def _input(arguments: str) -> object:
    """Arguments that were cut are no JSON: nothing of them is told."""
    try:
        return msgspec.json.decode(arguments)
    except msgspec.DecodeError:
        return {}


def _thinking_events(reply: Reply, *, shows_thought: bool) -> Iterator[Wire]:
    block = {"type": "thinking", "thinking": "", "signature": ""}
    yield {"type": "content_block_start", "index": 0, "content_block": block}
    yield {"type": "ping"}
    for piece in reply.thought if shows_thought else ():
        yield _delta(0, "thinking_delta", "thinking", piece)
    yield _delta(0, "signature_delta", "signature", sealed(KIND, "".join(reply.thought)))
    yield {"type": "content_block_stop", "index": 0}


def _said_events(reply: Reply, index: int) -> Iterator[Wire]:
    is_tool = reply.tool is not None
    block = _tool_use(reply) if is_tool else {"type": "text", "text": ""}
    yield {"type": "content_block_start", "index": index, "content_block": block}
    if not index:
        yield {"type": "ping"}
    if is_tool:
        yield _delta(index, "input_json_delta", "partial_json", "")
    for piece in reply.pieces:
        if is_tool:
            yield _delta(index, "input_json_delta", "partial_json", piece)
        else:
            yield _delta(index, "text_delta", "text", piece)
    yield {"type": "content_block_stop", "index": index}


def _delta(index: int, kind: str, name: str, piece: str) -> Wire:
    return {"type": "content_block_delta", "index": index, "delta": {"type": kind, name: piece}}
