import asyncio
import time

import pytest

from tests.adapters.upstream_http.raw import OK, Peer, once, post, saying, settle, sized, upstream
from waystation.adapters.upstream_http.pool import PoolLimits
from waystation.adapters.upstream_http.transport import HttpTransport
from waystation.ports import Transport
from waystation.wire.catalogue import Timeouts
from waystation.wire.errors import ConnectFailed, ConnectionLost, ProtocolError, UpstreamError, UpstreamTimeout


async def test_a_call_goes_out_and_comes_back(transport: Transport) -> None:
    requests = []

    async def script(peer: Peer) -> None:
        requests.append(await peer.request())
        await peer.say(sized(b"pong", b"Content-Type: text/plain"))

    async with upstream(script) as served:
        response = await transport.send(post(served.endpoint, "/v1/chat", b"ping", headers=((b"x-key", b"1"),)))
        assert response.status == 200
        assert response.headers == [(b"content-type", b"text/plain"), (b"content-length", b"4")]
        assert (response.header(b"content-type"), response.header(b"none")) == (b"text/plain", None)
        assert await response.read(4) == b"pong"
        host = f"127.0.0.1:{served.endpoint.port}".encode()
    assert requests == [
        b"POST /v1/chat HTTP/1.1\r\nhost: %b\r\naccept-encoding: identity\r\nx-key: 1\r\ncontent-length: 4\r\n\r\nping"
        % host
    ]


@pytest.mark.parametrize("status", [200, 201, 204, 301, 307, 400, 404, 407, 417, 429, 500, 503, 529])
async def test_every_final_answer_is_handed_back(transport: HttpTransport, status: int) -> None:
    answer = b"HTTP/1.1 %d X\r\nlocation: http://127.0.0.1:9/\r\ncontent-length: 0\r\n\r\n" % status
    async with upstream(saying(answer)) as served:
        for _ in range(2):
            response = await transport.send(post(served.endpoint, headers=((b"authorization", b"Bearer key"),)))
            assert (response.status, await response.read(0)) == (status, b"")
        assert served.connections == 1


async def test_no_cookie_is_kept(transport: HttpTransport) -> None:
    requests = []

    async def script(peer: Peer) -> None:
        while True:
            requests.append(await peer.request())
            await peer.say(sized(b"", b"set-cookie: session=1"))

    async with upstream(script) as served:
        for _ in range(2):
            await (await transport.send(post(served.endpoint))).read(0)
    assert len(requests) == 2
    assert not any(b"cookie" in request.lower() for request in requests)


async def test_an_answer_to_head_has_no_body(transport: HttpTransport) -> None:
    async with upstream(saying(OK + b"content-length: 1000\r\n\r\n")) as served:
        for _ in range(2):
            response = await transport.send(post(served.endpoint, body=b"", method="HEAD"))
            assert await response.read(0) == b""


async def test_a_request_that_breaks_its_frame_is_not_sent(transport: HttpTransport) -> None:
    async with upstream(saying(sized(b"no"))) as served:
        for headers in (((b"x-a", b"b\r\nx-evil: 1"),), ((b"content-length", b"0"),), ((b"host", b"evil"),)):
            with pytest.raises(ValueError, match="header"):
                await transport.send(post(served.endpoint, headers=headers))
        with pytest.raises(ValueError, match="not a request"):
            await transport.send(post(served.endpoint, "/a HTTP/1.1\r\n\r\n"))
        assert served.connections == 0


async def test_every_byte_boundary_gives_the_same_answer(transport: HttpTransport) -> None:
    raw = (
        b"HTTP/1.1 103 Early Hints\r\n\r\n" + OK + b"transfer-encoding: chunked\r\n\r\n"
        b"5\r\nhello\r\n6\r\n world\r\n0\r\nx-sum: 1\r\n\r\n"
    )
    cut = iter(range(1, len(raw)))

    async def script(peer: Peer) -> None:
        while True:
            await peer.request()
            at = next(cut)
            await peer.say(raw[:at])
            await asyncio.sleep(0.001)
            await peer.say(raw[at:])

    async with upstream(script) as served:
        for _ in range(1, len(raw)):
            response = await transport.send(post(served.endpoint))
            assert await response.read(100) == b"hello world"
        assert served.connections == 1


async def test_a_stale_connection_is_replaced_once(transport: HttpTransport) -> None:
    requests = []

    async def script(peer: Peer) -> None:
        requests.append(await peer.request())
        await peer.say(sized(b"%d" % peer.number))
        if peer.number == 1:
            requests.append(await peer.head())  # the next request comes, and we were leaving
            peer.reset()
            return
        await peer.until_closed()

    async with upstream(script) as served:
        assert await (await transport.send(post(served.endpoint))).read(9) == b"1"
        assert await (await transport.send(post(served.endpoint, body=b"again"))).read(9) == b"2"
        assert served.connections == 2
        assert requests[2].endswith(b"\r\n\r\nagain")


async def test_a_stale_connection_whose_end_waits_unseen_is_replaced(transport: HttpTransport) -> None:
    async with upstream(once(sized(b"ok"))) as served:
        for _ in range(5):
            assert await (await transport.send(post(served.endpoint))).read(9) == b"ok"
            time.sleep(0.02)  # noqa: ASYNC251 - the upstream's end arrives while our loop does not look
        assert served.connections == 5


async def test_the_second_try_is_the_last(transport: HttpTransport) -> None:
    async def script(peer: Peer) -> None:
        if peer.number == 1:
            await peer.request()
            await peer.say(sized(b"ok"))
        await peer.request()
        peer.reset()

    async with upstream(script) as served:
        await (await transport.send(post(served.endpoint))).read(9)
        with pytest.raises(ConnectionLost) as caught:
            await transport.send(post(served.endpoint))
        assert not caught.value.received
        assert served.connections == 2


async def test_a_stale_stack_costs_one_retry_only(transport: HttpTransport) -> None:
    stale = asyncio.Event()

    async def script(peer: Peer) -> None:
        await peer.request()
        await asyncio.sleep(0.02)
        await peer.say(sized(b"%d" % peer.number))
        if peer.number <= 3:
            await peer.request()
            peer.reset()
        await peer.until_closed()

    async with upstream(script) as served:
        for response in await asyncio.gather(*(transport.send(post(served.endpoint)) for _ in range(3))):
            await response.read(9)
        stale.set()
        assert await (await transport.send(post(served.endpoint))).read(9) == b"4"


async def test_a_new_connection_that_is_lost_is_not_retried(transport: HttpTransport) -> None:
    async def script(peer: Peer) -> None:
        await peer.request()
        peer.reset()

    async with upstream(script) as served:
        with pytest.raises(ConnectionLost, match=f"127.0.0.1:{served.endpoint.port}: first_byte: "):
            await transport.send(post(served.endpoint))
        assert served.connections == 1


@pytest.mark.parametrize("said", [b"H", b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 200 OK\r\ncontent-le"])
async def test_after_the_first_byte_nothing_is_retried(transport: HttpTransport, said: bytes) -> None:
    async def script(peer: Peer) -> None:
        await peer.request()
        await peer.say(sized(b"ok"))
        await peer.request()
        await peer.say(said)
        await settle()

    async with upstream(script) as served:
        await (await transport.send(post(served.endpoint))).read(9)
        with pytest.raises(ConnectionLost) as caught:
            await transport.send(post(served.endpoint))
        assert caught.value.received
        assert served.connections == 1


async def test_an_upstream_that_worked_before_it_failed_is_not_asked_twice(transport: HttpTransport) -> None:
    async def script(peer: Peer) -> None:
        await peer.request()
        await peer.say(sized(b"ok"))
        await peer.request()
        await asyncio.sleep(1.1)
        peer.reset()

    async with upstream(script) as served:
        await (await transport.send(post(served.endpoint))).read(9)
        with pytest.raises(ConnectionLost):
            await transport.send(post(served.endpoint))
        assert served.connections == 1


@pytest.mark.parametrize(
    "answer",
    [
        OK + b"content-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        OK + b"content-encoding: gzip\r\ncontent-length: 2\r\n\r\n\x1f\x8b",
        b"HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n",
        b"\x00\x00\x12\x04\x00\x00\x00\x00\x00",
    ],
    ids=["smuggling", "gzip", "upgrade", "http2"],
)
async def test_what_is_not_plain_http_is_an_error(transport: HttpTransport, answer: bytes) -> None:
    async with upstream(saying(answer)) as served:
        with pytest.raises(ProtocolError, match=f"^127.0.0.1:{served.endpoint.port}: "):
            await transport.send(post(served.endpoint))
        assert transport.stats() == []


async def test_an_error_shows_neither_key_nor_body(transport: HttpTransport) -> None:
    async with upstream(saying(OK + b"x-secret: s3cret\0\r\n\r\n")) as served:
        request = post(served.endpoint, body=b"s3cret", headers=((b"authorization", b"Bearer s3cret"),))
        with pytest.raises(UpstreamError) as caught:
            await transport.send(request)
        assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    ("timeouts", "phase"),
    [(Timeouts(first_byte_s=0.05), "first_byte"), (Timeouts(total_s=0.05), "total")],
)
async def test_an_upstream_without_an_answer_is_given_up(
    transport: HttpTransport, timeouts: Timeouts, phase: str
) -> None:
    closed = asyncio.Event()

    async def script(peer: Peer) -> None:
        await peer.request()
        await peer.until_closed()
        closed.set()

    async with upstream(script) as served:
        with pytest.raises(UpstreamTimeout) as caught:
            await transport.send(post(served.endpoint, timeouts=timeouts))
        assert caught.value.phase == phase
        assert caught.value.message == f"127.0.0.1:{served.endpoint.port}: {phase}: no answer in time"
        await asyncio.wait_for(closed.wait(), 0.25)
        assert transport.stats() == []


async def test_a_used_connection_keeps_time_as_a_new_one_does(transport: HttpTransport) -> None:
    async def script(peer: Peer) -> None:
        await peer.request()
        await peer.say(sized(b"ok"))
        await peer.request()
        await peer.until_closed()

    async with upstream(script) as served:
        await (await transport.send(post(served.endpoint))).read(9)
        with pytest.raises(UpstreamTimeout):
            await transport.send(post(served.endpoint, timeouts=Timeouts(first_byte_s=0.05)))


async def test_total_time_counts_from_the_start_and_through_the_body(transport: HttpTransport) -> None:
    async def script(peer: Peer) -> None:
        await peer.request()
        await asyncio.sleep(0.1)
        await peer.say(OK + b"transfer-encoding: chunked\r\n\r\n")
        while True:
            await peer.say(b"1\r\na\r\n")
            await asyncio.sleep(0.01)

    async with upstream(script) as served:
        started_at = time.monotonic()
        response = await transport.send(post(served.endpoint, timeouts=Timeouts(total_s=0.3, idle_s=0.2)))
        with pytest.raises(UpstreamTimeout) as caught:
            await response.read(1_000_000)
        assert caught.value.phase == "total"
        assert 0.25 < time.monotonic() - started_at < 2


async def test_a_cancelled_call_closes_the_connection_at_once(transport: HttpTransport) -> None:
    closed_at = asyncio.get_running_loop().create_future()

    async def script(peer: Peer) -> None:
        await peer.request()
        await peer.until_closed()
        closed_at.set_result(time.monotonic())

    async with upstream(script) as served:
        sending = asyncio.create_task(transport.send(post(served.endpoint)))
        await settle()
        sending.cancel()
        cancelled_at = time.monotonic()
        with pytest.raises(asyncio.CancelledError):
            await sending
        assert transport.stats() == []
        assert await asyncio.wait_for(closed_at, 1) - cancelled_at <= 0.25


async def test_bytes_that_race_with_a_cancellation_do_no_harm(transport: HttpTransport) -> None:
    async with upstream(saying(sized(b"ok"))) as served:
        for turns in range(12):
            sending = asyncio.create_task(transport.send(post(served.endpoint)))
            for _ in range(turns):
                await asyncio.sleep(0)
            time.sleep(0.003)  # noqa: ASYNC251 - so that answer and cancellation meet in one turn of the loop
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)
        if not sending.cancelled():
            sending.result().close()
        assert await (await transport.send(post(served.endpoint))).read(9) == b"ok"


async def test_closing_the_transport_ends_everything(transport: HttpTransport) -> None:
    async def script(peer: Peer) -> None:
        await peer.request()
        if peer.number == 1:
            await peer.say(sized(b"ok"))
        elif peer.number == 2:
            await peer.say(OK + b"content-length: 5\r\n\r\nab")
        await peer.until_closed()

    async with upstream(script) as served:
        idle = await transport.send(post(served.endpoint))
        reading = await transport.send(post(served.endpoint))
        waiting = asyncio.create_task(transport.send(post(served.endpoint)))
        await settle()
        await idle.read(9)
        assert [(stats.open, stats.idle) for stats in transport.stats()] == [(3, 1)]
        await transport.aclose()
        assert transport.stats() == []
        with pytest.raises(ConnectionLost):
            await waiting
        assert await reading.chunk() == b"ab"
        with pytest.raises(ConnectionLost):
            await reading.chunk()
        await transport.aclose()
        assert served.connections == 3


async def test_a_closed_transport_opens_nothing(transport: HttpTransport) -> None:
    async with upstream(saying(sized(b"no"))) as served:
        await transport.aclose()
        with pytest.raises(ConnectFailed):
            await transport.send(post(served.endpoint))
        assert served.connections == 0


async def test_a_connection_that_opens_after_the_close_is_closed(transport: HttpTransport) -> None:
    async with upstream(saying(sized(b"no"))) as served:
        sending = asyncio.create_task(transport.send(post(served.endpoint)))
        await asyncio.sleep(0)
        await transport.aclose()
        with pytest.raises(ConnectFailed):
            await sending
        assert transport.stats() == []


async def test_who_waits_for_a_connection_hears_of_the_close() -> None:
    transport = HttpTransport(PoolLimits(connections_max=1))
    async with upstream(saying(sized(b"ok"))) as served:
        await transport.send(post(served.endpoint))
        waiting = asyncio.create_task(transport.send(post(served.endpoint)))
        await settle()
        await transport.aclose()
        with pytest.raises(ConnectFailed):
            await waiting


async def test_endpoints_that_are_no_longer_used_are_forgotten(transport: HttpTransport) -> None:
    for _ in range(5):
        async with upstream(once(sized(b"ok", b"connection: close"))) as served:
            await (await transport.send(post(served.endpoint))).read(9)
    assert len(transport._pools) == 1
