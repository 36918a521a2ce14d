"""OpenAI's chat completions.

Shape of `chat.completion` and `chat.completion.chunk`: platform.openai.com/docs/api-reference/chat (2026-09). With
`include_usage` an extra chunk with empty `choices` tells the usage before [DONE], and all other chunks say
`"usage": null`; without it no chunk has the field. A thought is told as `reasoning_content`, which OpenAI itself does
not tell, but those who speak its language do: api-docs.deepseek.com/guides/thinking_mode (2026-11).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from waystation.demo.ask import ChatAsk, read_ask
from waystation.demo.forms import Form
from waystation.demo.openai import OpenAI
from waystation.demo.replies import FinishReason, Reply, ToolCall, Wire, compose
from waystation.demo.request import Request
from waystation.demo.settings import DemoSettings
from waystation.demo.usage import Usage

_FINGERPRINT: Final = "fp_demo000001"


@dataclass(frozen=True, slots=True)
class ChatCall:
    ask: ChatAsk
    form: Form = Form.DATA

    def reply(self, settings: DemoSettings, suffix: str, created: int) -> Reply:
        return compose(self.ask, settings, completion_id=f"chatcmpl-{suffix}", created=created)

    def plain(self, reply: Reply) -> Wire:
        return completion(reply)

    def events(self, reply: Reply) -> Iterator[Wire]:
        return chunks(reply, include_usage=self.ask.usage_wanted)

    def keep(self, reply: Reply) -> None:
        """Completions can't be asked for again."""


class Chat(OpenAI):
    def read(self, request: Request) -> ChatCall:
        return ChatCall(read_ask(bytes(request.body)))

    def usage(self, usage: Usage) -> Wire:
        return usage.as_wire()


def completion(reply: Reply) -> Wire:
    """The body of a plain answer."""
    message: Wire = {"role": "assistant", "content": "".join(reply.pieces), "refusal": None, "annotations": []}
    if reply.thought:
        message["reasoning_content"] = "".join(reply.thought)
    if reply.tool is not None:
        message |= {"content": None, "tool_calls": [_tool_call(reply.tool, reply.tool.arguments)]}
    choice = {"message": message, "logprobs": None, "finish_reason": reply.finish_reason}
    return {
        "id": reply.id,
        "object": "chat.completion",
        "created": reply.created,
        "model": reply.model,
        "choices": [{"index": index, **choice} for index in range(reply.choices)],
        "usage": reply.usage.as_wire(),
        "service_tier": "default",
        "system_fingerprint": _FINGERPRINT,
    }


def chunks(reply: Reply, *, include_usage: bool) -> Iterator[Wire]:
    """The payloads of a stream's events, without [DONE]."""
    base: Wire = {
        "id": reply.id,
        "object": "chat.completion.chunk",
        "created": reply.created,
        "model": reply.model,
        "service_tier": "default",
        "system_fingerprint": _FINGERPRINT,
    }
    if include_usage:
        base["usage"] = None
    for delta, finish in _deltas(reply):
        for index in range(reply.choices):
            choice = {"index": index, "delta": delta, "logprobs": None, "finish_reason": finish}
            yield {**base, "choices": [choice]}
    if include_usage:
        yield {**base, "choices": [], "usage": reply.usage.as_wire()}


def _deltas(reply: Reply) -> Iterator[tuple[Wire, FinishReason | None]]:
    if reply.thought:
        yield {"role": "assistant", "content": None, "reasoning_content": ""}, None
    for piece in reply.thought:
        yield {"reasoning_content": piece}, None
    if reply.tool is None:
        yield {"role": "assistant", "content": "", "refusal": None}, None
        for piece in reply.pieces:
            yield {"content": piece}, None
    else:
        call = {"index": 0, **_tool_call(reply.tool, "")}
        yield {"role": "assistant", "content": None, "tool_calls": [call], "refusal": None}, None
        for piece in reply.pieces:
            yield {"tool_calls": [{"index": 0, "function": {"arguments": piece}}]}, None
    yield {}, reply.finish_reason


def _tool_call(tool: ToolCall, shown: str) -> Wire:
    return {"id": tool.id, "type": "function", "function": {"name": tool.name, "arguments": shown}}
