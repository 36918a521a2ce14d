"""The turn after an answer: what a caller of each language sends back, with a result for every call."""

from collections.abc import Callable
from typing import Any, Final

import msgspec

from waystation.wire.dialect import Dialect

_RESULT: Final = "12"


def next_turn(caller: Dialect, reply: bytes) -> bytes:
    """The request that goes on after `reply`, as the caller got it: its first choice, and results for its calls."""
    return msgspec.json.encode({"model": "public-model", **_TURNS[caller](msgspec.json.decode(reply))})


def _chat(answer: dict[str, Any]) -> dict[str, Any]:
    message = answer["choices"][0]["message"]
    results = [
        {"role": "tool", "tool_call_id": call["id"], "content": _RESULT} for call in message.get("tool_calls", ())
    ]
    return {"messages": [{"role": "user", "content": "Go on."}, message, *results]}


def _responses(answer: dict[str, Any]) -> dict[str, Any]:
    results = [
        {"type": f"{item['type']}_output", "call_id": item["call_id"], "output": _RESULT}
        for item in answer["output"]
        if item["type"] in ("function_call", "custom_tool_call")
    ]
    return {"input": [{"role": "user", "content": "Go on."}, *answer["output"], *results]}


def _anthropic(answer: dict[str, Any]) -> dict[str, Any]:
    results = [
        {"type": "tool_result", "tool_use_id": block["id"], "content": _RESULT}
        for block in answer["content"]
        if block["type"] == "tool_use"
    ]
    turns = [("user", "Go on."), ("assistant", answer["content"]), ("user", results or "And?")]
    return {"max_tokens": 9000, "messages": [{"role": role, "content": content} for role, content in turns]}


def _gemini(answer: dict[str, Any]) -> dict[str, Any]:
    said = [candidate["content"] for candidate in answer.get("candidates", ())[:1]]  # none for a blocked prompt
    calls = [part["functionCall"] for content in said for part in content["parts"] if "functionCall" in part]
    results: list[dict[str, Any]] = [
        {"functionResponse": {"id": call.get("id"), "name": call["name"], "response": {"output": _RESULT}}}
        for call in calls
    ]
    asked = {"role": "user", "parts": [{"text": "Go on."}]}
    return {"contents": [asked, *said, {"role": "user", "parts": results or [{"text": "And?"}]}]}


_TURNS: Final[dict[Dialect, Callable[[dict[str, Any]], dict[str, Any]]]] = {
    "openai.chat": _chat,
    "openai.responses": _responses,
    "anthropic.messages": _anthropic,
    "gemini.generate": _gemini,
}
