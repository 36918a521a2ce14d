"""Each fault of a vendor, struck on the first route: unseen by the caller, or told in its dialect."""

import asyncio
from pathlib import Path
from typing import Any

import openai
import pytest
from openai import AsyncOpenAI
from openai.types.chat import ChatCompletionMessageParam

from tests.e2e.rig import Rig, doubles, manifest, running

HELLO: list[ChatCompletionMessageParam] = [{"role": "user", "content": "one two three four five six seven"}]
SHORT = "{connect: 0.5, first_byte: 0.5, idle: 0.5, total: 5}"

KEY_FAULTS = [
    "401",
    "403",
    "429",
    "429-retry-after",
    "429-retry-after-date",
    "429-retry-after-huge",
    "429-arrears",
    "keyleak-401",
]
ROUTE_FAULTS = [
    *("408", "500", "502", "503", "504", "529", "404"),
    *("refuse", "reset-before-response", "fin-before-response", "reset-after-headers", "hang-before-headers"),
    *("html-200", "empty-200", "garbage", "head-unfinished", "redirect", "gzip", "gzip-bomb"),
    *("double-content-length", "te-and-cl", "bad-chunk-size", "huge-header", "many-headers", "huge-chunk-size"),
]
STREAM_FAULTS = [
    "empty-stream",
    "truncated-first-chunk",
    "hang-before-first-chunk",
    "error-event-first",
    "json-for-stream",
    "error-200",
]
PLAIN_FAULTS = ["truncated-json", "content-length-short", "deep-json"]
HARMLESS = [
    *("rechunk", "slow-drip=0.001", "split-utf8", "bom", "crlf", "cr", "comments", "http10-close", "100-continue"),
    *(
        "103-early-hints",
        "trailers",
        "internal-headers",
        "no-done",
        "extra-bytes-after-response",
        "close-idle",
        "stale-on-reuse",
    ),
    *("chunk-extensions", "no-space", "multiline-data", "event-fields"),
]


async def ask(client: AsyncOpenAI, *, stream: bool) -> str:
    request: dict[str, Any] = {"model": "m", "messages": HELLO, "stream": stream}
    answer = await client.chat.completions.create(**request)
    if not stream:
        content: str = answer.choices[0].message.content
        return content
    return "".join([chunk.choices[0].delta.content or "" async for chunk in answer if chunk.choices])


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("fault", KEY_FAULTS)
async def test_a_bad_key_is_benched_and_the_next_one_answers(tmp_path: Path, fault: str, *, stream: bool) -> None:
    async with doubles() as ups, running(Rig(tmp_path, manifest(*ups))) as rig, rig.client() as client:
        ups[0].set_fault(fault, key="sk-key-a")
        for _ in range(4):
            assert "one two three" in await ask(client, stream=stream)
        used = [call.key for call in ups[0].calls]
        assert used.count("sk-key-a") == 1
        record = (await rig.calls(4))[-1]
        assert [attempt.fault for attempt in record.attempts] == ["key", None]


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("fault", ROUTE_FAULTS)
async def test_a_bad_route_gives_way_to_the_next(tmp_path: Path, fault: str, *, stream: bool) -> None:
    await _give_way(tmp_path, fault, stream=stream)


@pytest.mark.parametrize("fault", STREAM_FAULTS)
async def test_a_stream_that_does_not_begin_gives_way_to_the_next_route(tmp_path: Path, fault: str) -> None:
    await _give_way(tmp_path, fault, stream=True)


@pytest.mark.parametrize("fault", PLAIN_FAULTS)
async def test_a_plain_answer_that_is_not_whole_gives_way_to_the_next_route(tmp_path: Path, fault: str) -> None:
    await _give_way(tmp_path, fault, stream=False)


async def _give_way(folder: Path, fault: str, *, stream: bool) -> None:
    async with doubles(2) as ups, running(Rig(folder, manifest(*ups, timeouts=SHORT))) as rig, rig.client() as client:
        ups[0].set_fault(fault)
        assert "one two three" in await ask(client, stream=stream)
        (record,) = await rig.calls(1)
        assert record.upstream == "up1"
        assert record.attempts[0].fault in {"busy", "model", "key"}
        assert record.attempts[-1].fault is None


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("fault", ["400", "413", "422"])
async def test_the_callers_own_mistake_comes_back_and_is_not_tried_again(
    tmp_path: Path, fault: str, *, stream: bool
) -> None:
    async with doubles(2) as ups, running(Rig(tmp_path, manifest(*ups))) as rig, rig.client() as client:
        ups[0].set_fault(fault)
        with pytest.raises(openai.APIStatusError) as refused:
            await ask(client, stream=stream)
        assert refused.value.status_code == int(fault)
        assert refused.value.response.headers["x-should-retry"] == "false"
        assert (ups[0].total_calls, ups[1].total_calls) == (1, 0)
        (record,) = await rig.calls(1)
        assert (record.outcome, record.amount_nanos) == ("refused", 0)


async def test_all_keys_benched_is_503_with_the_time_to_wait(tmp_path: Path) -> None:
    async with doubles() as ups, running(Rig(tmp_path, manifest(*ups))) as rig, rig.client() as client:
        ups[0].set_fault("429-retry-after=7")
        for _ in range(2):
            with pytest.raises(openai.InternalServerError) as benched:
                await ask(client, stream=False)
            assert benched.value.status_code == 503
            assert 5 <= int(benched.value.response.headers["retry-after"]) <= 7
        assert ups[0].total_calls == 2  # each key was asked once


@pytest.mark.parametrize("stream", [False, True])
async def test_a_call_waits_for_a_key_that_is_back_in_a_moment(tmp_path: Path, *, stream: bool) -> None:
    async with doubles() as ups, running(Rig(tmp_path, manifest(*ups))) as rig, rig.client() as client:
        ups[0].set_fault("429-retry-after=1", 2)  # once for each key
        answers = await asyncio.gather(*[ask(client, stream=stream) for _ in range(20)])
        assert all("one two three" in answer for answer in answers)
        assert ups[0].total_calls == 22


async def test_nobody_waits_where_that_is_switched_off(tmp_path: Path) -> None:
    async with doubles() as ups, running(Rig(tmp_path, manifest(*ups), key_wait_s=0)) as rig, rig.client() as client:
        ups[0].set_fault("429-retry-after=1", 2)
        with pytest.raises(openai.InternalServerError) as benched:
            await ask(client, stream=False)
        assert benched.value.status_code == 503


@pytest.mark.parametrize("stream", [False, True])
async def test_nothing_listens_at_all(tmp_path: Path, *, stream: bool) -> None:
    async with doubles() as ups, running(Rig(tmp_path, manifest(*ups))) as rig, rig.client() as client:
        await ups[0].stop()
        with pytest.raises(openai.InternalServerError) as failed:
            await ask(client, stream=stream)
        assert (failed.value.status_code, failed.value.code) == (502, "upstream_error")
        assert str(ups[0].port) not in str(failed.value)


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("fault", HARMLESS)
async def test_odd_but_right_answers_get_through(tmp_path: Path, fault: str, *, stream: bool) -> None:
    async with doubles() as ups, running(Rig(tmp_path, manifest(*ups))) as rig, rig.client() as client:
        ups[0].set_fault(fault)
        for _ in range(3):
            assert await ask(client, stream=stream)
        assert {record.outcome for record in await rig.calls(3)} == {"ok"}
