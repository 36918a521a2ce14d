"""The anthropic SDK."""

import json
from typing import Any, Final

from anthropic import AsyncAnthropic

from rigs.matrix.said import BOUND, HELLO, PARAMETERS, QUESTION, RESULT, THINK_TOKENS, TOOL, TOOL_ABOUT, Said

_TOOLS: Final[list[Any]] = [{"name": TOOL, "description": TOOL_ABOUT, "input_schema": PARAMETERS}]


class AnthropicCaller:
    def __init__(self, address: str, secret: str) -> None:
        self._client = AsyncAnthropic(base_url=address, api_key=secret, max_retries=0)

    async def plain(self, model: str) -> Said:
        return _said(await self._client.messages.create(model=model, max_tokens=BOUND, messages=_hello()))

    async def stream(self, model: str) -> Said:
        async with self._client.messages.stream(model=model, max_tokens=BOUND, messages=_hello()) as stream:
            text = "".join([piece async for piece in stream.text_stream])
            said = _said(await stream.get_final_message())
        assert said.text == text
        return said

    async def tool(self, model: str, then: str = "") -> tuple[Said, Said]:
        messages: list[Any] = [{"role": "user", "content": QUESTION}]
        asked: dict[str, Any] = {
            "model": model,
            "tools": _TOOLS,
            "thinking": {"type": "enabled", "budget_tokens": THINK_TOKENS},
            "max_tokens": BOUND,
        }
        first = await self._client.messages.create(messages=messages, **asked)
        call = next(block for block in first.content if block.type == "tool_use")
        result = {"type": "tool_result", "tool_use_id": call.id, "content": RESULT}
        messages += [{"role": "assistant", "content": first.content}, {"role": "user", "content": [result]}]
        asked["model"] = then or model
        return _said(first), _said(await self._client.messages.create(messages=messages, **asked))

    async def aclose(self) -> None:
        await self._client.close()


def _hello() -> list[Any]:
    return [{"role": "user", "content": HELLO}]


def _said(message: Any) -> Said:
    usage = message.usage
    calls = [block for block in message.content if block.type == "tool_use"]
    cached = (usage.cache_read_input_tokens or 0) + (usage.cache_creation_input_tokens or 0)
    return Said(
        text="".join(block.text for block in message.content if block.type == "text"),
        tokens=(usage.input_tokens + cached, usage.output_tokens),
        thought="".join(block.thinking for block in message.content if block.type == "thinking"),
        tool=(calls[0].name, json.dumps(calls[0].input)) if calls else None,
    )
