"""Limits, from outside: two hundred calls at once against twenty a minute, queues, hang-ups, and every language."""

import asyncio
import json
from pathlib import Path

import anthropic
import openai
import pytest
from anthropic import AsyncAnthropic
from openai import AsyncOpenAI, AsyncStream
from openai.types.chat import ChatCompletionMessageParam

from tests.e2e.raw import calling, post, until
from tests.e2e.rig import SECRET, Rig, doubles, manifest, running
from waystation.adapters.limiter import MemoryLimiter

HELLO: list[ChatCompletionMessageParam] = [{"role": "user", "content": "count to ten"}]


async def ask(client: AsyncOpenAI, *, stream: bool = False) -> openai.APIStatusError | None:
    try:
        answer = await client.chat.completions.create(model="m", messages=HELLO, max_tokens=50, stream=stream)
        if isinstance(answer, AsyncStream):
            async for _ in answer:
                pass
    except openai.APIStatusError as error:
        return error
    return None


@pytest.mark.parametrize("stream", [False, True])
async def test_two_hundred_calls_at_once_against_twenty_a_minute(tmp_path: Path, *, stream: bool) -> None:
    async with doubles(latency_s=0.2) as ups:
        rows = manifest(*ups, organization_limit="{rpm: 20}", limit="{rpm: 150, tpm: 100000000}")
        async with running(Rig(tmp_path, rows)) as rig, rig.client() as client:
            outcomes = await asyncio.gather(*(ask(client, stream=stream) for _ in range(200)))
            refused = [error for error in outcomes if error is not None]
            assert (len(refused), ups[0].total_calls) == (180, 20)
            for error in refused:
                assert (error.status_code, error.code) == (429, "rate_limit_exceeded")
                assert "The limit of organization 'acme' is reached: 20 requests a minute." in error.message
                headers = error.response.headers
                assert 1 <= int(headers["retry-after"]) <= 60
                assert "x-should-retry" not in headers
                assert headers["x-ratelimit-limit-requests"] == "20"
                assert headers["x-ratelimit-remaining-requests"] == "0"
            # What the refused ones had taken of the token's own limit they have given back: twenty are counted there.
            assert _limiter(rig)._gauges[_token_id(rig)].requests == 130
            page = await _metrics(rig)
            assert 'waystation_ratelimited_total{kind="requests",scope="organization"} 180.0' in page
            assert (
                'waystation_calls_total{dialect="openai.chat",model="unknown",outcome="refused",upstream=""} 180.0'
                in page
            )
            (record, *_) = [one for one in await rig.calls(100) if one.error_code == "rate_limit_exceeded"]
            assert (record.outcome, record.status, record.amount_nanos) == ("refused", 429, 0)


async def test_two_hundred_calls_at_once_wait_for_four_at_once(tmp_path: Path) -> None:
    async with doubles(latency_s=0.01) as ups:
        rows = manifest(*ups, limit="{concurrency: 4, queue: 200, queue_s: 60}")
        async with running(Rig(tmp_path, rows)) as rig, rig.client() as client:
            outcomes = await asyncio.gather(*(ask(client, stream=number % 2 == 0) for number in range(200)))
            assert outcomes == [None] * 200
            (gauge,) = _limiter(rig)._gauges.values()
            assert (gauge.slots, rig.house.limiter.waiting) == (4, 0)


async def test_a_short_queue_takes_its_length_and_refuses_the_rest(tmp_path: Path) -> None:
    async with doubles(latency_s=0.5) as ups:
        rows = manifest(*ups, limit="{concurrency: 2, queue: 3}")
        async with running(Rig(tmp_path, rows)) as rig, rig.client() as client:
            outcomes = await asyncio.gather(*(ask(client) for _ in range(10)))
            refused = [error for error in outcomes if error is not None]
            assert len(refused) == 5
            for error in refused:
                assert "2 calls at once, and 3 more wait already" in error.message
                assert error.response.headers["retry-after"] == "1"


async def test_who_hangs_up_in_the_queue_leaves_it(tmp_path: Path) -> None:
    async with doubles(latency_s=0.5) as ups:
        rows = manifest(*ups, limit="{concurrency: 1, queue: 5, queue_s: 60}")
        async with running(Rig(tmp_path, rows)) as rig, rig.client() as client:
            first = asyncio.create_task(ask(client))
            await until(lambda: ups[0].total_calls == 1)
            waiting = asyncio.create_task(ask(client))
            await until(lambda: rig.house.limiter.waiting == 1)
            waiting.cancel()
            await until(lambda: rig.house.limiter.waiting == 0)
            assert await first is None
            assert await ask(client) is None
            assert ups[0].total_calls == 2
            (gone,) = [record for record in await rig.calls(3) if record.outcome == "caller_gone"]
            assert (gone.attempts, gone.amount_nanos) == ((), 0)


async def test_tokens_are_reserved_and_trued_up(tmp_path: Path) -> None:
    async with doubles(reply="one two three") as ups:
        rows = manifest(*ups, limit="{tpm: 3000}")
        async with running(Rig(tmp_path, rows)) as rig, rig.client() as client:
            raw = await client.chat.completions.with_raw_response.create(model="m", messages=HELLO, max_tokens=2000)
            reserved = 3000 - int(raw.headers["x-ratelimit-remaining-tokens"])
            assert 2000 < reserved < 2100
            raw = await client.chat.completions.with_raw_response.create(model="m", messages=HELLO, max_tokens=2000)
            left = int(raw.headers["x-ratelimit-remaining-tokens"])
            assert left + reserved > 2900  # the first used a few of its 2000
            with pytest.raises(openai.RateLimitError) as raised:
                await client.chat.completions.create(model="m", messages=HELLO, max_tokens=5000)
            assert "too small for this call: 3000 tokens a minute" in raised.value.message
            assert raised.value.type == "tokens"
            assert raised.value.response.headers["x-should-retry"] == "false"
            assert "retry-after" not in raised.value.response.headers


async def test_every_language_says_it_in_its_own_way(tmp_path: Path) -> None:
    async with doubles() as ups:
        rows = manifest(*ups, limit="{rpm: 1, tpm: 100000}")
        async with running(Rig(tmp_path, rows)) as rig, rig.client() as client:
            assert await ask(client) is None
            async with AsyncAnthropic(base_url=rig.address, api_key=SECRET, max_retries=0) as claude:
                with pytest.raises(anthropic.RateLimitError) as raised:
                    await claude.messages.create(model="m", max_tokens=10, messages=[{"role": "user", "content": "hi"}])
            headers = raised.value.response.headers
            assert raised.value.response.json()["error"]["type"] == "rate_limit_error"
            assert headers["anthropic-ratelimit-requests-limit"] == "1"
            assert headers["anthropic-ratelimit-requests-remaining"] == "0"
            assert headers["anthropic-ratelimit-tokens-reset"].endswith("Z")
            assert "x-ratelimit-limit-requests" not in headers
            body = json.dumps({"contents": [{"parts": [{"text": "hi"}]}]}).encode()
            async with calling(rig) as google:
                answer = await google.ask(post(body, path="/v1beta/models/m:generateContent"))
            error = answer.error
            assert (answer.status, error["status"]) == (429, "RESOURCE_EXHAUSTED")
            assert error["details"][0]["retryDelay"] == f"{answer.headers['retry-after']}s"


async def test_a_changed_limit_counts_at_once(tmp_path: Path) -> None:
    async with (
        doubles() as ups,
        running(Rig(tmp_path, manifest(*ups, limit="{rpm: 1}"))) as rig,
        rig.client() as client,
    ):
        assert await ask(client) is None
        assert await ask(client) is not None
        before = rig.house.board
        rig.apply(manifest(*ups, limit="{rpm: 2}"))
        await until(lambda: rig.house.board is not before)
        assert await ask(client) is None
        assert await ask(client) is not None


def _token_id(rig: Rig) -> str:
    (token,) = rig.house.catalogue.tokens
    return token.id


def _limiter(rig: Rig) -> MemoryLimiter:
    assert isinstance(rig.house.limiter, MemoryLimiter)
    return rig.house.limiter


async def _metrics(rig: Rig) -> str:
    async with calling(rig) as caller:
        return (await caller.ask(b"GET /metrics HTTP/1.1\r\nhost: localhost\r\n\r\n")).body.decode()
