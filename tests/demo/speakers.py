"""The four languages of chat as callers speak them: what is asked, and what the answer says."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.demo.raw import Got, connected, post
from waystation.demo.upstream import DemoUpstream

SCHEMA: dict[str, Any] = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
VERSION = "anthropic-version: 2023-06-01"


@dataclass(frozen=True)
class Said:
    """Tokens are input with what was cached, and output with what was thought."""

    text: str
    thought: str
    tool: tuple[str, Any] | None
    tokens: tuple[int, int]


@dataclass(frozen=True)
class Speaker:
    """`ask` makes a body from what was said so far; `turns` are what an answer and a tool's result add to that."""

    name: str
    path: str
    stream_path: str
    headers: tuple[str, ...]
    ask: Callable[[str, list[Any]], dict[str, Any]]
    user: Callable[[str], Any]
    turns: Callable[[Any, str], list[Any]]
    said: Callable[[Any], Said]
    whole: Callable[[list[Any]], Any]  # the plain answer that the events of a stream amount to
    with_tool: dict[str, Any]
    thinking: dict[str, Any]
    model: str = "demo-reason"

    def place(self, *, stream: bool, model: str | None = None) -> str:
        return (self.stream_path if stream else self.path).replace("MODEL", model or self.model)

    def body(self, said: list[Any], *, stream: bool = False, model: str | None = None, **more: Any) -> dict[str, Any]:
        told = {**self.ask(model or self.model, said), **more}
        return {**told, "stream": True} if stream and self.name != "gemini" else told


async def call(upstream: DemoUpstream, path: str, body: object, *headers: str, key: str = "sk-test") -> Got:
    async with connected(upstream) as raw:
        await raw.send(post(body, *headers, key=key, path=path))
        return await raw.answer()


async def speak(
    upstream: DemoUpstream,
    speaker: Speaker,
    said: list[Any],
    *,
    stream: bool = False,
    model: str | None = None,
    **more: Any,
) -> Got:
    body = speaker.body(said, stream=stream, model=model, **more)
    return await call(upstream, speaker.place(stream=stream, model=model), body, *speaker.headers)


def events(got: Got) -> list[Any]:
    """The payloads of a stream of server-sent events, without [DONE]."""
    lines = [line for part in got.body.decode().replace("\r\n", "\n").split("\n\n") for line in part.split("\n")]
    data = [line.removeprefix("data: ") for line in lines if line.startswith("data: ")]
    return [json.loads(text) for text in data if text != "[DONE]"]


# OpenAI's chat


def _chat_said(answer: Any) -> Said:
    message, usage = answer["choices"][0]["message"], answer["usage"]
    calls = message.get("tool_calls") or []
    tool = (calls[0]["function"]["name"], json.loads(calls[0]["function"]["arguments"])) if calls else None
    tokens = (usage["prompt_tokens"], usage["completion_tokens"])
    return Said(message["content"] or "", message.get("reasoning_content", ""), tool, tokens)


def _chat_turns(answer: Any, result: str) -> list[Any]:
    message = answer["choices"][0]["message"]
    return [message, {"role": "tool", "tool_call_id": message["tool_calls"][0]["id"], "content": result}]


def _chat_whole(told: list[Any]) -> Any:
    deltas = [event["choices"][0]["delta"] for event in told if event["choices"]]
    message: dict[str, Any] = {
        name: "".join(delta.get(name) or "" for delta in deltas) for name in ("content", "reasoning_content")
    }
    message["role"] = "assistant"
    pieces = [piece for delta in deltas for piece in delta.get("tool_calls", ())]
    if pieces:
        arguments = "".join(piece["function"]["arguments"] for piece in pieces)
        message["tool_calls"] = [{**pieces[0], "function": {**pieces[0]["function"], "arguments": arguments}}]
    return {"choices": [{"message": message}], "usage": told[-1]["usage"]}


CHAT = Speaker(
    name="chat",
    path="/v1/chat/completions",
    stream_path="/v1/chat/completions",
    headers=(),
    ask=lambda model, said: {"model": model, "messages": said, "stream_options": {"include_usage": True}},
    user=lambda text: {"role": "user", "content": text},
    turns=_chat_turns,
    said=_chat_said,
    whole=_chat_whole,
    with_tool={"tools": [{"type": "function", "function": {"name": "weather", "parameters": SCHEMA}}]},
    thinking={},
)

# Anthropic


def _anthropic_said(answer: Any) -> Said:
    content, usage = answer["content"], answer["usage"]
    tools = [(block["name"], block["input"]) for block in content if block["type"] == "tool_use"]
    inputs = usage["input_tokens"] + usage["cache_read_input_tokens"] + usage["cache_creation_input_tokens"]
    return Said(
        "".join(block["text"] for block in content if block["type"] == "text"),
        "".join(block["thinking"] for block in content if block["type"] == "thinking"),
        tools[0] if tools else None,
        (inputs, usage["output_tokens"]),
    )


def _anthropic_turns(answer: Any, result: str) -> list[Any]:
    use = answer["content"][-1]
    told = {"type": "tool_result", "tool_use_id": use["id"], "content": result}
    return [{"role": "assistant", "content": answer["content"]}, {"role": "user", "content": [told]}]


def _anthropic_whole(told: list[Any]) -> Any:
    start, delta = told[0]["message"], told[-2]
    content: list[Any] = []
    for event in told:
        if event["type"] == "content_block_start":
            content.append({**event["content_block"], "json": ""})
        elif event["type"] == "content_block_delta":
            for name, piece in event["delta"].items():
                kept = "json" if name == "partial_json" else name
                content[event["index"]][kept] = content[event["index"]].get(kept, "") + piece if name != "type" else ""
    for block, kind in zip(content, [e["content_block"]["type"] for e in told if "content_block" in e], strict=True):
        text = block.pop("json")
        block["type"] = kind
        if kind == "tool_use":
            block["input"] = json.loads(text)
    return {**start, **delta["delta"], "content": content, "usage": delta["usage"]}


ANTHROPIC = Speaker(
    name="anthropic",
    path="/v1/messages",
    stream_path="/v1/messages",
    headers=(VERSION, "x-api-key: sk-test"),
    ask=lambda model, said: {"model": model, "messages": said, "max_tokens": 4096},
    user=lambda text: {"role": "user", "content": text},
    turns=_anthropic_turns,
    said=_anthropic_said,
    whole=_anthropic_whole,
    with_tool={"tools": [{"name": "weather", "input_schema": SCHEMA}]},
    thinking={"thinking": {"type": "enabled", "budget_tokens": 1024}},
)

# OpenAI's Responses


def _responses_said(answer: Any) -> Said:
    output, usage = answer["output"], answer["usage"]
    tools = [(item["name"], json.loads(item["arguments"])) for item in output if item["type"] == "function_call"]
    return Said(
        "".join(part["text"] for item in output if item["type"] == "message" for part in item["content"]),
        "".join(part["text"] for item in output if item["type"] == "reasoning" for part in item["summary"]),
        tools[0] if tools else None,
        (usage["input_tokens"], usage["output_tokens"]),
    )


RESPONSES = Speaker(
    name="responses",
    path="/v1/responses",
    stream_path="/v1/responses",
    headers=(),
    ask=lambda model, said: {"model": model, "input": said, "store": False},
    user=lambda text: {"role": "user", "content": text},
    turns=lambda answer, result: [
        *answer["output"],
        {"type": "function_call_output", "call_id": answer["output"][-1]["call_id"], "output": result},
    ],
    said=_responses_said,
    whole=lambda told: told[-1]["response"],
    with_tool={"tools": [{"type": "function", "name": "weather", "parameters": SCHEMA}]},
    thinking={"reasoning": {"summary": "auto"}, "include": ["reasoning.encrypted_content"]},
)

# Gemini


def _gemini_said(answer: Any) -> Said:
    parts, usage = answer["candidates"][0]["content"]["parts"], answer["usageMetadata"]
    calls = [part["functionCall"] for part in parts if "functionCall" in part]
    return Said(
        "".join(part.get("text", "") for part in parts if not part.get("thought")),
        "".join(part["text"] for part in parts if part.get("thought")),
        (calls[0]["name"], calls[0]["args"]) if calls else None,
        (usage["promptTokenCount"], usage["candidatesTokenCount"] + usage.get("thoughtsTokenCount", 0)),
    )


def _gemini_turns(answer: Any, result: str) -> list[Any]:
    content = answer["candidates"][0]["content"]
    told = {"name": content["parts"][-1]["functionCall"]["name"], "response": {"result": result}}
    return [content, {"role": "user", "parts": [{"functionResponse": told}]}]


def _gemini_whole(told: list[Any]) -> Any:
    parts = [part for chunk in told for part in chunk["candidates"][0]["content"]["parts"] if part.get("text") != ""]
    return {**told[-1], "candidates": [{"content": {"role": "model", "parts": parts}}]}


GEMINI = Speaker(
    name="gemini",
    path="/v1beta/models/MODEL:generateContent",
    stream_path="/v1beta/models/MODEL:streamGenerateContent?alt=sse",
    headers=("x-goog-api-key: sk-test",),
    ask=lambda _, said: {"contents": said},
    user=lambda text: {"role": "user", "parts": [{"text": text}]},
    turns=_gemini_turns,
    said=_gemini_said,
    whole=_gemini_whole,
    with_tool={"tools": [{"functionDeclarations": [{"name": "weather", "parametersJsonSchema": SCHEMA}]}]},
    thinking={"generationConfig": {"thinkingConfig": {"includeThoughts": True}}},
)

SPEAKERS = (CHAT, ANTHROPIC, RESPONSES, GEMINI)
