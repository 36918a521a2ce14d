"""The openai SDK, chat completions."""

from typing import Any, Final

from openai import AsyncOpenAI

from rigs.matrix.said import BOUND, HELLO, PARAMETERS, QUESTION, RESULT, TOOL, TOOL_ABOUT, Said

_TOOLS: Final[list[Any]] = [
    {"type": "function", "function": {"name": TOOL, "description": TOOL_ABOUT, "parameters": PARAMETERS}}
]


class OpenAIChatCaller:
    def __init__(self, address: str, secret: str) -> None:
        self._client = AsyncOpenAI(base_url=f"{address}/v1", api_key=secret, max_retries=0)

    async def plain(self, model: str) -> Said:
        return _said(await self._client.chat.completions.create(model=model, messages=_hello()))

    async def stream(self, model: str) -> Said:
        stream = await self._client.chat.completions.create(
            model=model, messages=_hello(), stream=True, stream_options={"include_usage": True}
        )
        text, usage = "", None
        async for chunk in stream:
            text += "".join(choice.delta.content or "" for choice in chunk.choices)
            usage = chunk.usage or usage
        assert usage is not None
        return Said(text, (usage.prompt_tokens, usage.completion_tokens))

    async def tool(self, model: str, then: str = "") -> tuple[Said, Said]:
        messages: list[Any] = [{"role": "user", "content": QUESTION}]
        asked: dict[str, Any] = {
            "model": model,
            "tools": _TOOLS,
            "extra_body": {"reasoning": {"effort": "low", "summary": "auto"}},
            "max_completion_tokens": BOUND,
        }
        first = await self._client.chat.completions.create(messages=messages, **asked)
        message = first.choices[0].message
        assert message.tool_calls
        messages += [message, {"role": "tool", "tool_call_id": message.tool_calls[0].id, "content": RESULT}]
        asked["model"] = then or model
        return _said(first), _said(await self._client.chat.completions.create(messages=messages, **asked))

    async def aclose(self) -> None:
        await self._client.close()


def _hello() -> list[Any]:
    return [{"role": "user", "content": HELLO}]


def _said(answer: Any) -> Said:
    message = answer.choices[0].message
    call = message.tool_calls[0].function if message.tool_calls else None
    return Said(
        text=message.content or "",
        tokens=(answer.usage.prompt_tokens, answer.usage.completion_tokens),
        thought=(message.model_extra or {}).get("reasoning_content") or "",
        tool=None if call is None else (call.name, call.arguments),
    )
