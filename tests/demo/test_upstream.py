"""The double as a server: its start and end, its faults by scope, and the official SDK against it."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import openai
import pytest
import uvloop
from openai import AsyncOpenAI, OpenAI

from tests.demo.raw import HELLO, asked, connected, exchange, is_whole, post, spoiled
from waystation.demo.faults import FAULTS
from waystation.demo.upstream import DemoSettings, DemoUpstream

SAID: Any = [{"role": "user", "content": "Hello, you there"}]
TOOLS: Any = [
    {
        "type": "function",
        "function": {
            "name": "get_weather",
            "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
        },
    }
]


@asynccontextmanager
async def _client(upstream: DemoUpstream, key: str = "sk-test") -> AsyncIterator[AsyncOpenAI]:
    async with AsyncOpenAI(base_url=upstream.base_url, api_key=key, max_retries=0) as client:
        yield client


async def test_a_port_can_be_chosen() -> None:
    upstream, again = DemoUpstream(), DemoUpstream()
    port = await upstream.start()
    await upstream.stop()
    assert await again.start(port=port) == port
    assert again.base_url == f"http://127.0.0.1:{port}/v1"
    await again.stop()


async def test_a_stopped_double_refuses_and_breaks_what_was_open() -> None:
    async with DemoUpstream(DemoSettings(fault="hang-before-headers")) as upstream, connected(upstream) as raw:
        await raw.send(post(HELLO))
        assert (await raw.rest(quiet_s=0.05)) == (b"", "open")
        await upstream.stop()
        assert (await raw.rest())[1] != "open"
        with pytest.raises(ConnectionRefusedError):
            await asked(upstream, HELLO)
        await upstream.stop()  # a second time does nothing


async def test_an_unknown_fault_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match="no fault is called 'bad luck'"):
        DemoUpstream(DemoSettings(fault="bad luck"))


async def test_a_fault_strikes_the_calls_that_were_ordered() -> None:
    async with DemoUpstream() as upstream:
        upstream.set_fault("503", times=2)
        assert [(await asked(upstream, HELLO)).status for _ in range(3)] == [503, 503, 200]


async def test_a_fault_can_be_for_one_key_or_one_model() -> None:
    async with DemoUpstream() as upstream:
        upstream.set_fault(FAULTS["401"], key="sk-bad")
        upstream.set_fault("529", model="busy")
        got = [
            (await asked(upstream, {**HELLO, "model": model}, key=key)).status
            for key, model in (("sk-good", "calm"), ("sk-bad", "calm"), ("sk-good", "busy"))
        ]
        assert got == [200, 401, 529]


async def test_none_heals_one_scope_or_all() -> None:
    async with DemoUpstream(DemoSettings(fault="500")) as upstream:
        upstream.set_fault("401", key="sk-test")
        statuses = [(await asked(upstream, HELLO)).status]
        upstream.set_fault(None, key="sk-test")
        statuses.append((await asked(upstream, HELLO)).status)
        upstream.set_fault(None)
        statuses.append((await asked(upstream, HELLO)).status)
        assert statuses == [401, 500, 200]


async def test_all_calls_are_counted() -> None:
    async with DemoUpstream(DemoSettings(kept_calls=1)) as upstream:
        for _ in range(3):
            await asked(upstream, HELLO)
        assert (upstream.total_calls, len(upstream.calls)) == (3, 1)


async def test_a_hundred_callers_at_once() -> None:
    async with DemoUpstream(DemoSettings(latency_s=0.02)) as upstream:
        got = await asyncio.gather(*(exchange(upstream, post(HELLO, "connection: close"), 5) for _ in range(100)))
        assert {(raw[:15], end) for raw, end in got} == {(b"HTTP/1.1 200 OK", "fin")}
        assert upstream.open_connections == 0


async def test_the_sdk_gets_a_plain_answer() -> None:
    async with DemoUpstream() as upstream, _client(upstream) as client:
        got = await client.chat.completions.create(model="demo-large", messages=SAID)
        assert got.choices[0].message.content == "You said: Hello, you there"
        assert got.usage is not None
        assert (got.usage.prompt_tokens, got.usage.completion_tokens) == (6, 5)


async def test_the_sdk_gets_a_plain_answer_from_a_thread() -> None:
    def ask(url: str) -> str | None:
        with OpenAI(base_url=url, api_key="sk-test", max_retries=0) as client:
            return client.chat.completions.create(model="demo-large", messages=SAID).choices[0].message.content

    async with DemoUpstream() as upstream:
        assert await asyncio.to_thread(ask, upstream.base_url) == "You said: Hello, you there"


async def test_the_sdk_gets_a_stream_with_usage() -> None:
    async with DemoUpstream(DemoSettings(chunks=20)) as upstream, _client(upstream) as client:
        stream = await client.chat.completions.create(
            model="demo-large", messages=SAID, stream=True, stream_options={"include_usage": True}
        )
        chunks = [chunk async for chunk in stream]
        assert len(chunks) == 1 + 20 + 1 + 1
        assert [chunk.usage for chunk in chunks[:-1]] == [None] * 22
        assert chunks[-1].choices == []
        assert chunks[-1].usage is not None
        assert chunks[-1].usage.completion_tokens == 20


async def test_the_sdk_calls_a_tool_and_brings_its_result() -> None:
    async with DemoUpstream() as upstream, _client(upstream) as client:
        got = await client.chat.completions.create(model="demo-large", messages=SAID, tools=TOOLS)
        (call,) = got.choices[0].message.tool_calls or []
        assert call.type == "function"
        assert json.loads(call.function.arguments) == {"city": "Hello, you there"}
        result: Any = {"role": "tool", "tool_call_id": call.id, "content": "21 degrees"}
        messages = [*SAID, got.choices[0].message.model_dump(exclude_none=True), result]
        final = await client.chat.completions.create(model="demo-large", messages=messages, tools=TOOLS)
        assert (final.choices[0].message.content, final.choices[0].finish_reason) == (
            "The tool said: 21 degrees",
            "stop",
        )


async def test_the_sdk_puts_a_streamed_tool_call_together() -> None:
    async with (
        DemoUpstream() as upstream,
        _client(upstream) as client,
        client.chat.completions.stream(model="demo-large", messages=SAID, tools=TOOLS) as stream,
    ):
        final = await stream.get_final_completion()
    (call,) = final.choices[0].message.tool_calls or []
    assert (call.function.name, final.choices[0].finish_reason) == ("get_weather", "tool_calls")
    assert json.loads(call.function.arguments) == {"city": "Hello, you there"}


async def test_the_sdk_lists_the_models() -> None:
    async with DemoUpstream() as upstream, _client(upstream) as client:
        assert [model.id async for model in client.models.list()] == list(DemoSettings().models)


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ("close-idle", (True, "fin")),
        ("fin-mid-stream", (False, "fin")),
        ("hang-before-end", (False, "open")),
        ("rechunk", (True, "open")),
        ("reset-mid-stream", (False, "reset")),
        ("extra-bytes-after-response", (False, "open")),
    ],
)
def test_connections_end_alike_on_uvloop(fault: str, expected: tuple[bool, str]) -> None:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        got, end = runner.run(spoiled(fault, {**HELLO, "stream": True}))
    assert (got[:15], is_whole(got), end) == (b"HTTP/1.1 200 OK", *expected)


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("401", openai.AuthenticationError),
        ("403", openai.PermissionDeniedError),
        ("404", openai.NotFoundError),
        ("422", openai.UnprocessableEntityError),
        ("429-arrears", openai.RateLimitError),
        ("500", openai.InternalServerError),
        ("reset-before-response", openai.APIConnectionError),
        ("refuse", openai.APIConnectionError),
    ],
)
async def test_the_sdk_raises_what_the_fault_means(fault: str, error: type[openai.APIError]) -> None:
    async with DemoUpstream(DemoSettings(fault=fault)) as upstream, _client(upstream) as client:
        with pytest.raises(error):
            await client.chat.completions.create(model="demo-large", messages=SAID)


async def test_the_sdk_raises_on_an_error_in_the_stream() -> None:
    async with DemoUpstream(DemoSettings(fault="error-event-mid")) as upstream, _client(upstream) as client:
        stream = await client.chat.completions.create(model="demo-large", messages=SAID, stream=True)
        with pytest.raises(openai.APIError, match="The server had an error"):
            _ = [chunk async for chunk in stream]


@pytest.mark.parametrize(
    "fault", ["rechunk", "split-utf8", "bom", "crlf", "comments", "no-space", "multiline-data", "gzip"]
)
async def test_the_sdk_reads_a_stream_in_unusual_bytes(fault: str) -> None:
    async with DemoUpstream(DemoSettings(fault=fault)) as upstream, _client(upstream) as client:
        stream = await client.chat.completions.create(model="demo-large", messages=SAID, stream=True)
        text = "".join([chunk.choices[0].delta.content or "" async for chunk in stream])
        assert text.endswith("You said: Hello, you there")
