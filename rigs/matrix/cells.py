"""What each cell of the matrix has to show."""

import json
from collections.abc import Awaitable, Callable
from typing import Final

from rigs.matrix.anthropic_messages import AnthropicCaller
from rigs.matrix.gemini import GeminiCaller
from rigs.matrix.openai_chat import OpenAIChatCaller
from rigs.matrix.openai_responses import OpenAIResponsesCaller
from rigs.matrix.said import HELLO, QUESTION, RESULT, TOOL, Caller, Said

Cell = Callable[[Caller, str], Awaitable[list[Said]]]

CALLERS: Final[dict[str, Callable[[str, str], Caller]]] = {
    "openai, chat": OpenAIChatCaller,
    "openai, responses": OpenAIResponsesCaller,
    "anthropic": AnthropicCaller,
    "google-genai": GeminiCaller,
}


async def plain(caller: Caller, model: str) -> list[Said]:
    said = await caller.plain(model)
    _expect(said.text, f"你说：{HELLO}")
    return [said]


async def stream(caller: Caller, model: str) -> list[Said]:
    said = await caller.stream(model)
    _expect(said.text, f"你说：{HELLO}")
    return [said]


async def tool(caller: Caller, model: str) -> list[Said]:
    """The second turn succeeds only if what the vendor sealed in the first came back to it unchanged."""
    first, second = await caller.tool(model)
    if first.tool is None:
        raise AssertionError("no tool was called")
    name, arguments = first.tool
    _expect((name, json.loads(arguments)), (TOOL, {"city": QUESTION}))
    _expect(bool(first.thought), True)
    _expect(second.text, f"The tool said: {RESULT}")
    return [first, second]


CELLS: Final[dict[str, Cell]] = {"plain": plain, "stream": stream, "tool, two turns": tool}


def check_bills(said: list[Said], calls: list[dict[str, object]]) -> None:
    """The caller's own count of tokens is what was recorded, call for call (both oldest first)."""
    billed = [_tokens(call) for call in calls]
    _expect(billed, [one.tokens for one in said])


def _tokens(call: dict[str, object]) -> tuple[object, object]:
    usage = call["usage"]
    assert isinstance(usage, dict), "a call without usage"
    _expect((call["outcome"], call["estimated"]), ("ok", False))
    return usage["input_tokens"], usage["output_tokens"]


def _expect(got: object, expected: object) -> None:
    if got != expected:
        raise AssertionError(f"{got!r} is not {expected!r}")
