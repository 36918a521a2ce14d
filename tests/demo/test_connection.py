"""HTTP/1.1 over real sockets: order, bounds, half-read requests, and how a connection ends."""

import asyncio
import json

import pytest

from tests.demo.raw import HELLO, STREAM, Raw, connected, exchange, get, parse, post
from waystation.demo.upstream import DemoSettings, DemoUpstream


async def test_a_connection_serves_one_request_after_another() -> None:
    async with DemoUpstream() as upstream, connected(upstream) as raw:
        statuses = [(await raw.ask(asked)).status for asked in (HELLO, STREAM, HELLO)]
        assert (statuses, upstream.open_connections) == ([200, 200, 200], 1)


async def test_pipelined_requests_are_answered_in_order() -> None:
    async with DemoUpstream(DemoSettings(latency_s=0.001)) as upstream, connected(upstream) as raw:
        models = [f"demo-{number}" for number in range(60)]  # more than may wait
        await raw.send(b"".join(post({**HELLO, "model": model}) for model in models))
        assert [(await raw.answer()).json()["model"] for _ in models] == models


async def test_a_request_may_come_byte_by_byte() -> None:
    async with DemoUpstream() as upstream, connected(upstream) as raw:
        for byte in post(HELLO):
            await raw.send(bytes((byte,)))
        assert (await raw.answer()).status == 200
        assert json.loads(upstream.calls[0].body) == HELLO


async def test_a_chunked_request_is_read() -> None:
    body = json.dumps(HELLO).encode()
    request = (
        b"POST /v1/chat/completions HTTP/1.1\r\nhost: demo\r\ntransfer-encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n"
    )
    async with DemoUpstream() as upstream, connected(upstream) as raw:
        await raw.send(request % (len(body), body))
        assert (await raw.answer()).status == 200


async def test_a_caller_who_waits_for_continue_gets_it_before_the_body() -> None:
    whole = post(HELLO, "expect: 100-continue")
    head, body = whole.split(b"\r\n\r\n")
    async with DemoUpstream() as upstream, connected(upstream) as raw:
        await raw.send(head + b"\r\n\r\n")
        assert await raw.reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        await raw.send(body)
        assert (await raw.answer()).status == 200


async def test_a_caller_who_asks_for_it_is_closed_on() -> None:
    async with DemoUpstream() as upstream:
        got, end = await exchange(upstream, post(HELLO, "connection: close"))
        assert (parse(got).header("connection"), end) == ("close", "fin")


async def test_http_1_0_gets_a_stream_without_chunks() -> None:
    async with DemoUpstream() as upstream:
        got, end = await exchange(upstream, post(STREAM).replace(b"HTTP/1.1", b"HTTP/1.0", 1))
        assert (parse(got).events()[-1], end) == ("[DONE]", "fin")


async def test_a_head_request_is_closed_on() -> None:
    async with DemoUpstream() as upstream:
        got, end = await exchange(upstream, get("/v1/models", method="HEAD"))
        assert (parse(got).status, end) == (405, "fin")


@pytest.mark.parametrize("garbage", [b"nonsense\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00"])
async def test_what_is_not_http_is_refused_and_closed_on(garbage: bytes) -> None:
    async with DemoUpstream() as upstream:
        got, end = await exchange(upstream, garbage)
        assert (parse(got).status, end) == (400, "fin")


async def test_garbage_after_a_request_does_not_spoil_its_answer() -> None:
    async with DemoUpstream(DemoSettings(latency_s=0.01)) as upstream:
        got, end = await exchange(upstream, post(HELLO) + b"nonsense\r\n\r\n")
        first = parse(got)
        assert (first.status, parse(first.rest).status, end) == (200, 400, "fin")


async def test_an_upgrade_is_not_followed() -> None:
    async with DemoUpstream() as upstream:
        got, end = await exchange(upstream, get("/v1/models", "connection: upgrade", "upgrade: h2c"))
        assert (parse(got).status, end) == (200, "fin")


async def test_a_body_that_is_too_large_is_refused() -> None:
    async with DemoUpstream(DemoSettings(max_body_bytes=1000)) as upstream:
        got, end = await exchange(upstream, post(b"x" * 5_000_000))
        assert (parse(got).status, end) == (413, "fin")


async def test_a_head_that_is_too_large_is_refused() -> None:
    async with DemoUpstream(DemoSettings(max_head_bytes=1000)) as upstream, connected(upstream) as raw:
        await raw.send(b"GET /v1/models HTTP/1.1\r\nx-large: ")
        for _ in range(60):  # twice what one read can bring
            raw.writer.write(b"x" * 10_000)
            await asyncio.sleep(0)
        got, end = await raw.rest()
        assert (parse(got).status, end, len(upstream.calls)) == (431, "fin", 1)


async def test_a_reader_who_stops_reading_holds_the_script_up() -> None:
    async with DemoUpstream() as upstream:
        upstream.set_fault("endless-line")
        async with connected(upstream) as raw:
            await raw.send(post(STREAM))
            await raw.reader.readuntil(b"data: ")
            await asyncio.sleep(0.05)
            taken = 0
            while taken < 20_000_000:  # what no buffer in between holds
                taken += len(await raw.reader.read(1 << 20))
            assert not upstream.calls[0].answered


async def _leave(upstream: DemoUpstream, raw: Raw) -> None:
    raw.writer.transport.abort()
    for _ in range(200):
        if not upstream.open_connections:
            return
        await asyncio.sleep(0.01)


async def test_a_caller_who_leaves_is_noticed() -> None:
    async with DemoUpstream(DemoSettings(chunks=1000, chunk_gap_s=0.01)) as upstream, connected(upstream) as raw:
        await raw.send(post(STREAM))
        await raw.reader.readuntil(b"data: ")
        before = asyncio.get_running_loop().time()
        await _leave(upstream, raw)
        (call,) = upstream.calls
        assert call.left_at is not None
        assert (call.answered, call.left_at >= before, upstream.open_connections) == (False, True, 0)


async def test_a_whole_answer_is_noted() -> None:
    async with DemoUpstream() as upstream, connected(upstream) as raw:
        await raw.ask(STREAM)
        assert (upstream.calls[0].answered, upstream.calls[0].left_at) == (True, None)


async def test_latency_and_gaps_are_waited_for() -> None:
    settings = DemoSettings(latency_s=0.05, chunks=3, chunk_gap_s=0.02, reply="a b c")
    async with DemoUpstream(settings) as upstream, connected(upstream) as raw:
        loop = asyncio.get_running_loop()
        begun = loop.time()
        await raw.send(post(STREAM))
        await raw.reader.readuntil(b"data: ")
        first = loop.time() - begun
        got, _ = await raw.rest(quiet_s=0.2)
        assert got.endswith(b"0\r\n\r\n")
        assert first >= 0.045
        assert loop.time() - begun >= 0.045 + 6 * 0.02  # role, three words, finish, usage, [DONE]
