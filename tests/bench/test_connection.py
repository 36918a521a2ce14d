import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

import pytest

from bench.processes import free_port
from bench.upstream import plain_body
from waystation.bench import Options
from waystation.bench.connection import CallFailed, Connection
from waystation.bench.request import Address, call_request

Playing = Callable[..., AbstractAsyncContextManager[str]]

_GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


def _chat(url: str, *, stream: bool) -> bytes:
    return call_request(Options(url=url, token="sk-x", model="m", stream=stream))


async def test_a_connection_carries_one_call_after_another(upstream_url: str) -> None:
    connection = await Connection.connect(Address.of(upstream_url))
    for _ in range(3):
        answer = await connection.ask(_chat(upstream_url, stream=False), keep=True)
        assert (answer.status, bytes(answer.body or b"")) == (200, plain_body())
    assert connection.reusable
    connection.close()


async def test_a_stream_is_timed_from_its_first_event_to_its_last(upstream_url: str) -> None:
    connection = await Connection.connect(Address.of(upstream_url))
    answer = await connection.ask(_chat(upstream_url, stream=True))
    connection.close()
    assert answer.tail.endswith(b"data: [DONE]\n\n")
    assert len(answer.gaps) == answer.arrivals - 1
    assert 0 < answer.first_at <= answer.last_at == answer.ended


async def test_comments_that_keep_a_stream_alive_are_no_arrivals(playing: Playing) -> None:
    pieces = (b"HTTP/1.1 200 OK\r\n\r\n", b": wait\n\n", b"data: 1\n\n", b": wait\n\n", b"data: [DONE]\n\n")
    async with playing(*pieces) as url:
        answer = await (await Connection.connect(Address.of(url))).ask(_GET)
    assert (answer.arrivals, len(answer.gaps)) == (2, 1)


async def test_a_body_without_a_length_ends_with_the_connection(playing: Playing) -> None:
    async with playing(b"HTTP/1.1 200 OK\r\n\r\nall of it") as url:
        connection = await Connection.connect(Address.of(url))
        answer = await connection.ask(_GET, keep=True)
    assert (bytes(answer.body or b""), connection.reusable) == (b"all of it", False)


async def test_a_peer_that_says_close_is_not_asked_again(playing: Playing) -> None:
    answer = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok"
    async with playing(answer, close=False) as url:
        connection = await Connection.connect(Address.of(url))
        await connection.ask(_GET)
        assert not connection.reusable
        connection.close()


@pytest.mark.parametrize(
    ("played", "reason"),
    [
        (b"", "closed early"),
        (b"HTTP/1.1 200 OK\r\nContent-Le", "closed early"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", "closed early"),
        (b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 9\r\n\r\nhalf", "closed early"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n", "closed early"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "not HTTP"),
    ],
)
async def test_half_an_answer_is_a_failure_with_a_name(playing: Playing, played: bytes, reason: str) -> None:
    async with playing(played) as url:
        connection = await Connection.connect(Address.of(url))
        with pytest.raises(CallFailed, match=reason):
            await connection.ask(_GET)
    connection.close()


async def test_a_closed_connection_says_so(upstream_url: str) -> None:
    connection = await Connection.connect(Address.of(upstream_url))
    connection.close()
    with pytest.raises(CallFailed, match="closed while idle"):
        await connection.ask(_GET)
    await asyncio.sleep(0)


async def test_nobody_listening_is_a_failed_call() -> None:
    with pytest.raises(CallFailed, match="connect: "):
        await Connection.connect(Address.of(f"http://127.0.0.1:{free_port()}"))
