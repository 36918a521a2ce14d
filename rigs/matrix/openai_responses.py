"""The openai SDK, responses: stateless, so that the reasoning travels with the caller."""

from typing import Any, Final

from openai import AsyncOpenAI

from rigs.matrix.said import BOUND, HELLO, PARAMETERS, QUESTION, RESULT, TOOL, TOOL_ABOUT, Said

_TOOLS: Final[list[Any]] = [
    {"type": "function", "name": TOOL, "description": TOOL_ABOUT, "parameters": PARAMETERS, "strict": False}
]


class OpenAIResponsesCaller:
    def __init__(self, address: str, secret: str) -> None:
        self._client = AsyncOpenAI(base_url=f"{address}/v1", api_key=secret, max_retries=0)

    async def plain(self, model: str) -> Said:
        return _said(await self._client.responses.create(model=model, input=HELLO, store=False))

    async def stream(self, model: str) -> Said:
        text, final = "", None
        stream = await self._client.responses.create(model=model, input=HELLO, store=False, stream=True)
        async for event in stream:
            if event.type == "response.output_text.delta":
                text += event.delta
            elif event.type == "response.completed":
                final = event.response
        assert final is not None
        said = _said(final)
        assert said.text == text
        return said

    async def tool(self, model: str, then: str = "") -> tuple[Said, Said]:
        items: list[Any] = [{"role": "user", "content": QUESTION}]
        asked: dict[str, Any] = {
            "model": model,
            "tools": _TOOLS,
            "reasoning": {"effort": "low", "summary": "auto"},
            "include": ["reasoning.encrypted_content"],
            "store": False,
            "max_output_tokens": BOUND,
        }
        first = await self._client.responses.create(input=items, **asked)
        call = next(item for item in first.output if item.type == "function_call")
        items += [*first.output, {"type": "function_call_output", "call_id": call.call_id, "output": RESULT}]
        asked["model"] = then or model
        return _said(first), _said(await self._client.responses.create(input=items, **asked))

    async def aclose(self) -> None:
        await self._client.close()


def _said(response: Any) -> Said:
    calls = [item for item in response.output if item.type == "function_call"]
    thoughts = [part.text for item in response.output if item.type == "reasoning" for part in item.summary]
    return Said(
        text=response.output_text,
        tokens=(response.usage.input_tokens, response.usage.output_tokens),
        thought="".join(thoughts),
        tool=(calls[0].name, calls[0].arguments) if calls else None,
    )
