import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

import pytest

from bench.processes import free_port
from bench.upstream import plain_body
from waystation.bench import Options, Report, measure, run
from waystation.bench.own_time import OwnTime

Playing = Callable[..., AbstractAsyncContextManager[str]]

_OK = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s"


async def _measure(url: str, **changes: object) -> Report:
    wanted: dict[str, object] = {"calls": 6, "concurrency": 2, "warm_up": 0, "timeout_s": 5.0} | changes
    return await measure(Options(url=url, token="sk-x", model="m", **wanted))  # type: ignore[arg-type]  # named rightly


async def test_a_closed_loop_makes_exactly_the_calls_asked_for(upstream_url: str) -> None:
    report = await _measure(upstream_url, calls=7, concurrency=3, warm_up=2)
    assert (report.calls, report.errors, report.late) == (7, {}, None)
    assert report.received_bytes == 7 * len(plain_body())


async def test_more_callers_than_calls_are_not_needed(upstream_url: str) -> None:
    assert (await _measure(upstream_url, calls=1, concurrency=50)).calls == 1


async def test_an_open_loop_keeps_its_beat(upstream_url: str) -> None:
    report = await _measure(upstream_url, calls=10, rate=100.0)
    assert (report.calls, report.errors) == (10, {})
    assert report.elapsed_s >= 0.09
    assert report.late is not None


async def test_an_open_loop_ends_after_its_time(upstream_url: str) -> None:
    assert (await _measure(upstream_url, calls=1_000, rate=50.0, seconds=0.2)).calls == 10


async def test_a_closed_loop_ends_after_its_time(upstream_url: str) -> None:
    report = await _measure(upstream_url, calls=10_000_000, seconds=0.1)
    assert 0 < report.calls < 10_000_000


async def test_streams_are_timed_by_their_chunks(upstream_url: str) -> None:
    report = await _measure(upstream_url, stream=True)
    assert (report.calls, report.errors) == (6, {})
    assert report.latency is not None
    assert report.first_chunk is not None
    assert report.first_chunk.max_s <= report.latency.max_s
    assert report.arrivals >= report.calls


async def test_plain_calls_have_no_chunks(upstream_url: str) -> None:
    report = await _measure(upstream_url)
    assert (report.first_chunk, report.gap, report.arrivals) == (None, None, 0)


@pytest.mark.parametrize(
    ("played", "stream", "reason"),
    [
        (b"HTTP/1.1 429 Too Many Requests\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}", False, "status 429"),
        (_OK % (0, b""), False, "empty answer"),
        (_OK % (2, b"{}"), True, "not a stream"),
        (_OK % (9, b"data: 1\n\n"), True, "stream without its last event"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", False, "closed early"),
    ],
)
async def test_bad_answers_are_counted_by_what_was_wrong(
    playing: Playing, played: bytes, stream: bool, reason: str
) -> None:
    async with playing(played) as url:
        report = await _measure(url, calls=3, stream=stream)
    assert (report.calls, report.errors, report.failed, report.latency) == (0, {reason: 3}, 3, None)


async def test_a_silent_server_is_given_up(playing: Playing) -> None:
    async with playing(close=False) as url:
        report = await _measure(url, calls=2, timeout_s=0.2)
    assert (report.calls, report.errors) == (0, {"timed out": 2})


async def test_calls_that_wait_for_a_connection_are_given_up_with_the_rest(playing: Playing) -> None:
    async with playing(close=False) as url:
        report = await _measure(url, calls=20, rate=1_000.0, concurrency=1, timeout_s=0.2)
    assert report.errors == {"timed out": 20}
    assert report.elapsed_s < 2


async def test_a_server_that_hangs_up_after_each_answer_gets_a_new_connection(playing: Playing) -> None:
    async with playing(_OK % (2, b"{}")) as url:
        report = await _measure(url, calls=4, concurrency=1, rate=10.0)
    assert (report.calls, report.errors) == (4, {})


async def test_own_time_comes_from_the_difference_of_two_metrics_pages() -> None:
    asked = 0

    async def count(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        asked += 1
        head = await reader.readuntil(b"\r\n\r\n")
        edges = ((b"0.001", asked - 1), (b"+Inf", asked))
        rows = [b'waystation_own_time_seconds_bucket{le="%s"} %d.0' % edge for edge in edges]
        page = b"\n".join(rows) if head.startswith(b"GET /metrics ") else b"{}"
        writer.write(_OK % (len(page), page))
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(count, "127.0.0.1", 0)
    async with server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        report = await _measure(url, calls=3, concurrency=1)
    assert report.own_time == OwnTime(calls=4, p50_s=0.001, p95_s=0.001, p99_s=0.001)


def test_it_runs_on_a_loop_of_its_own() -> None:
    url = f"http://127.0.0.1:{free_port()}"
    report = run(Options(url=url, token="sk-x", model="m", calls=2, warm_up=1))
    assert (report.calls, report.failed) == (0, 2)
