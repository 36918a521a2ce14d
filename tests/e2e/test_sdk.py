"""The official openai SDK against the whole gateway."""

import asyncio
from pathlib import Path

import openai
import pytest
from openai import AsyncOpenAI, OpenAI
from openai.types.chat import ChatCompletionMessageParam, ChatCompletionToolParam

from tests.e2e.rig import SECRET, Rig, doubles, manifest, running

HELLO: list[ChatCompletionMessageParam] = [{"role": "user", "content": "Hello, 驿站!"}]
WEATHER: ChatCompletionToolParam = {
    "type": "function",
    "function": {
        "name": "weather",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}


async def test_plain_async(tmp_path: Path) -> None:
    async with doubles() as ups, running(Rig(tmp_path, manifest(*ups))) as rig, rig.client() as client:
        answer = await client.chat.completions.create(model="m", messages=HELLO)
        assert answer.choices[0].message.content == "你说：Hello, 驿站!"
        assert answer._request_id is not None
        (record,) = await rig.calls(1)
        assert answer.usage is not None
        assert record.usage is not None
        assert (record.call_id, record.request_model, record.response_model) == (answer._request_id, "m", "m-0")
        assert (record.usage.input_tokens, record.usage.output_tokens) == (
            answer.usage.prompt_tokens,
            answer.usage.completion_tokens,
        )
        assert (record.outcome, record.estimated, record.amount_nanos > 0) == ("ok", False, True)


async def test_plain_sync(tmp_path: Path) -> None:
    async with doubles() as ups, running(Rig(tmp_path, manifest(*ups))) as rig:

        def ask() -> str | None:
            with OpenAI(base_url=rig.address, api_key=SECRET, max_retries=0) as client:  # without /v1
                return client.chat.completions.create(model="m", messages=HELLO).choices[0].message.content

        assert await asyncio.to_thread(ask) == "你说：Hello, 驿站!"


@pytest.mark.parametrize("include_usage", [True, False])
async def test_stream(tmp_path: Path, *, include_usage: bool) -> None:
    async with doubles(chunks=20) as ups, running(Rig(tmp_path, manifest(*ups))) as rig, rig.client() as client:
        options = {"stream_options": {"include_usage": True}} if include_usage else {}
        stream = await client.chat.completions.create(model="m", messages=HELLO, stream=True, extra_body=options)
        chunks = [chunk async for chunk in stream]
        text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
        assert text.startswith("你说：Hello, 驿站!")
        assert (chunks[-1].usage is not None) == include_usage
        assert all(chunk.choices for chunk in chunks[:-1])
        (record,) = await rig.calls(1)
        (true_usage,) = ups[0].usage_by_completion_id.values()
        assert record.usage is not None
        assert record.usage.output_tokens == true_usage.completion_tokens
        assert (record.stream, record.outcome, record.finish_reasons) == (True, "ok", ("stop",))


@pytest.mark.parametrize("stream", [True, False])
async def test_a_tool_is_called_and_its_result_answered(tmp_path: Path, *, stream: bool) -> None:
    async with doubles() as ups, running(Rig(tmp_path, manifest(*ups))) as rig, rig.client() as client:
        call_id, arguments = await _call_tool(client, stream=stream)
        assert arguments.startswith("{")
        turn: list[ChatCompletionMessageParam] = [
            *HELLO,
            {
                "role": "assistant",
                "tool_calls": [
                    {"id": call_id, "type": "function", "function": {"name": "weather", "arguments": arguments}}
                ],
            },
            {"role": "tool", "tool_call_id": call_id, "content": "晴"},
        ]
        answer = await client.chat.completions.create(model="m", messages=turn, tools=[WEATHER])
        assert answer.choices[0].finish_reason == "stop"


async def _call_tool(client: AsyncOpenAI, *, stream: bool) -> tuple[str, str]:
    if not stream:
        answer = await client.chat.completions.create(model="m", messages=HELLO, tools=[WEATHER])
        assert answer.choices[0].message.tool_calls is not None
        called = answer.choices[0].message.tool_calls[0]
        assert called.type == "function"
        return called.id, called.function.arguments
    call_id, arguments = "", ""
    async for chunk in await client.chat.completions.create(model="m", messages=HELLO, tools=[WEATHER], stream=True):
        for delta in chunk.choices[0].delta.tool_calls or ():
            call_id = delta.id or call_id
            arguments += (delta.function.arguments or "") if delta.function else ""
    return call_id, arguments


async def test_only_the_models_of_the_token_are_listed(tmp_path: Path) -> None:
    async with doubles() as ups, running(Rig(tmp_path, manifest(*ups))) as rig, rig.client() as client:
        assert [model.id async for model in client.models.list()] == ["m"]
        assert (await client.models.retrieve("m")).id == "m"
        with pytest.raises(openai.NotFoundError) as hidden:
            await client.models.retrieve("hidden")
        with pytest.raises(openai.NotFoundError) as unknown:
            await client.chat.completions.create(model="hidden", messages=HELLO)
        assert (hidden.value.code, unknown.value.code) == ("model_not_found", "model_not_found")


async def test_errors_have_the_shape_that_the_sdk_reads(tmp_path: Path) -> None:
    async with doubles() as ups, running(Rig(tmp_path, manifest(*ups))) as rig:
        async with rig.client("sk-nobody") as stranger:
            with pytest.raises(openai.AuthenticationError) as refused:
                await stranger.chat.completions.create(model="m", messages=HELLO)
        assert refused.value.code == "invalid_api_key"
        assert refused.value.response.headers["x-should-retry"] == "false"
        async with rig.client() as client:
            with pytest.raises(openai.BadRequestError) as bad:
                await client.chat.completions.create(model="m", messages=HELLO, n=1_000_000_000)
        assert bad.value.param == "n"
        assert ups[0].total_calls == 0
