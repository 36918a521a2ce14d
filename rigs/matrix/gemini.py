"""The google-genai SDK."""

import json
from typing import Any

from google import genai
from google.genai import types

from rigs.matrix.said import BOUND, HELLO, PARAMETERS, QUESTION, RESULT, THINK_TOKENS, TOOL, TOOL_ABOUT, Said


class GeminiCaller:
    def __init__(self, address: str, secret: str) -> None:
        self._client = genai.Client(api_key=secret, http_options=types.HttpOptions(base_url=address)).aio

    async def plain(self, model: str) -> Said:
        return _said(await self._client.models.generate_content(model=model, contents=HELLO))

    async def stream(self, model: str) -> Said:
        text, usage = "", None
        async for chunk in await self._client.models.generate_content_stream(model=model, contents=HELLO):
            text += chunk.text or ""
            usage = chunk.usage_metadata or usage
        return Said(text, _tokens(usage))

    async def tool(self, model: str, then: str = "") -> tuple[Said, Said]:
        contents: list[Any] = [types.Content(role="user", parts=[types.Part(text=QUESTION)])]
        first = await self._client.models.generate_content(model=model, contents=contents, config=_with_tool())
        content = first.candidates[0].content if first.candidates else None
        assert content is not None
        call = next(part.function_call for part in content.parts or () if part.function_call)
        result = types.FunctionResponse(id=call.id, name=call.name, response={"result": RESULT})
        contents += [content, types.Content(role="user", parts=[types.Part(function_response=result)])]
        model = then or model
        second = await self._client.models.generate_content(model=model, contents=contents, config=_with_tool())
        return _said(first), _said(second)

    async def aclose(self) -> None:
        await self._client.aclose()


def _with_tool() -> types.GenerateContentConfig:
    function = types.FunctionDeclaration(name=TOOL, description=TOOL_ABOUT, parameters_json_schema=PARAMETERS)
    return types.GenerateContentConfig(
        tools=[types.Tool(function_declarations=[function])],
        thinking_config=types.ThinkingConfig(include_thoughts=True, thinking_budget=THINK_TOKENS),
        automatic_function_calling=types.AutomaticFunctionCallingConfig(disable=True),
        max_output_tokens=BOUND,
    )


def _said(answer: types.GenerateContentResponse) -> Said:
    content = answer.candidates[0].content if answer.candidates else None
    parts = (content.parts if content else None) or []
    calls = [part.function_call for part in parts if part.function_call]
    return Said(
        text="".join(part.text or "" for part in parts if not part.thought),
        tokens=_tokens(answer.usage_metadata),
        thought="".join(part.text or "" for part in parts if part.thought),
        tool=(calls[0].name or "", json.dumps(calls[0].args)) if calls else None,
    )


def _tokens(usage: Any) -> tuple[int, int]:
    return usage.prompt_token_count, (usage.candidates_token_count or 0) + (usage.thoughts_token_count or 0)
