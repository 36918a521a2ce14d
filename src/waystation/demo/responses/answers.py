"""A reply as Responses tells it: the object with its items, which echoes the request."""

from waystation.demo.replies import Reply, Wire
from waystation.demo.responses.ask import Reasoning, ResponsesAsk
from waystation.demo.responses.checks import seal
from waystation.demo.usage import Usage


def usage_of(usage: Usage) -> Wire:
    return {
        "input_tokens": usage.prompt_tokens,
        "input_tokens_details": {"cached_tokens": usage.cached_tokens, "cache_write_tokens": 0},
        "output_tokens": usage.completion_tokens,
        "output_tokens_details": {"reasoning_tokens": usage.reasoning_tokens},
        "total_tokens": usage.prompt_tokens + usage.completion_tokens,
    }


def response(ask: ResponsesAsk, members: Wire, reply: Reply) -> Wire:
    """The whole. `members` is the request as it came."""
    cut = reply.finish_reason == "length"
    return begun(ask, members, reply) | {
        "status": "incomplete" if cut else "completed",
        "completed_at": None if cut else reply.created,
        "incomplete_details": {"reason": "max_output_tokens"} if cut else None,
        "output": items(ask, reply),
        "usage": usage_of(reply.usage),
    }


def begun(ask: ResponsesAsk, members: Wire, reply: Reply) -> Wire:
    """Before the first item."""
    reasoning = ask.reasoning or Reasoning()
    return {
        "id": reply.id,
        "object": "response",
        "created_at": reply.created,
        "status": "in_progress",
        "background": bool(ask.background),
        "completed_at": None,
        "error": None,
        "incomplete_details": None,
        "instructions": ask.instructions,
        "max_output_tokens": ask.max_output_tokens,
        "max_tool_calls": ask.max_tool_calls,
        "model": reply.model,
        "output": [],
        "parallel_tool_calls": ask.parallel_tool_calls is not False,
        "previous_response_id": ask.previous_response_id,
        "prompt_cache_key": ask.prompt_cache_key,
        "reasoning": {"effort": reasoning.effort, "summary": reasoning.summary},
        "safety_identifier": ask.safety_identifier,
        "service_tier": "default",
        "store": ask.is_stored,
        "temperature": 1.0 if ask.temperature is None else ask.temperature,
        "text": {"format": {"type": "text"}, "verbosity": "medium"} | (ask.text or {}),
        "tool_choice": members.get("tool_choice") or "auto",
        "tools": members.get("tools") or [],
        "top_logprobs": ask.top_logprobs or 0,
        "top_p": 1.0 if ask.top_p is None else ask.top_p,
        "truncation": ask.truncation or "disabled",
        "usage": None,
        "user": ask.user,
        "metadata": ask.metadata or {},
    }


def items(ask: ResponsesAsk, reply: Reply) -> list[Wire]:
    told = [thought(ask, reply)] if reply.thought else []
    said = "".join(reply.pieces)
    if reply.tool is not None:
        told.append(call(reply, said, "completed"))
    elif reply.pieces:
        cut = reply.finish_reason == "length"
        told.append(message(reply, [output_text(said)], "incomplete" if cut else "completed"))
    return told


def thought(ask: ResponsesAsk, reply: Reply, *, is_done: bool = True) -> Wire:
    """Without its summary unless that was asked for, and sealed if it is to travel."""
    item_id = reply.id.replace("resp_", "rs_")
    summary = [summary_text("".join(reply.thought))] if is_done and ask.shows_thought else []
    item: Wire = {"id": item_id, "type": "reasoning", "summary": summary}
    return item | ({"encrypted_content": seal(item_id)} if ask.is_sealed else {})


def summary_text(text: str) -> Wire:
    return {"type": "summary_text", "text": text}


def message(reply: Reply, content: list[Wire], status: str) -> Wire:
    item_id = reply.id.replace("resp_", "msg_")
    return {"id": item_id, "type": "message", "status": status, "content": content, "role": "assistant"}


def output_text(text: str) -> Wire:
    return {"type": "output_text", "annotations": [], "logprobs": [], "text": text}


def call(reply: Reply, said: str, status: str) -> Wire:
    """Of a function, or of a custom tool."""
    assert reply.tool is not None
    head: Wire = {"status": status, "call_id": reply.tool.id, "name": reply.tool.name}
    if reply.tool.free:
        return {"id": reply.id.replace("resp_", "ctc_"), "type": "custom_tool_call", **head, "input": said}
    return {"id": reply.id.replace("resp_", "fc_"), "type": "function_call", **head, "arguments": said}
