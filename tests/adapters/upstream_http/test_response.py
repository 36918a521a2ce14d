import asyncio
import time

import pytest

from tests.adapters.upstream_http.raw import OK, Peer, once, post, saying, settle, sized, upstream
from waystation.adapters.upstream_http.connection import UNREAD_BYTES_MAX
from waystation.adapters.upstream_http.transport import HttpTransport
from waystation.wire.catalogue import Timeouts
from waystation.wire.errors import BodyTooLarge, ConnectionLost, ProtocolError

CHUNKED = OK + b"transfer-encoding: chunked\r\n\r\n"


async def test_chunks_come_as_they_come(transport: HttpTransport) -> None:
    heard = asyncio.Event()

    async def script(peer: Peer) -> None:
        await peer.request()
        await peer.say(CHUNKED)
        for piece in (b"one", b"two", b"six"):
            heard.clear()
            await peer.say(b"3\r\n%b\r\n" % piece)
            await heard.wait()
        await peer.say(b"0\r\n\r\n")
        await peer.until_closed()

    async with upstream(script) as served:
        response = await transport.send(post(served.endpoint))
        got = []
        while piece := await response.chunk():
            got.append(piece)
            heard.set()
        assert got == [b"one", b"two", b"six"]
        assert await response.chunk() == b""
        assert transport.stats()[0].idle == 1


async def test_chunks_that_queued_up_are_joined(transport: HttpTransport) -> None:
    async with upstream(saying(CHUNKED, b"3\r\none\r\n", b"3\r\ntwo\r\n", b"0\r\n\r\n")) as served:
        response = await transport.send(post(served.endpoint))
        await settle()
        assert await response.chunk() == b"onetwo"
        assert await response.chunk() == b""


async def test_a_whole_body_is_read_from_many_segments(transport: HttpTransport) -> None:
    body = bytes(range(256)) * 4000
    async with upstream(saying(sized(body))) as served:
        response = await transport.send(post(served.endpoint))
        assert await response.read(len(body)) == body
        assert transport.stats()[0].idle == 1


@pytest.mark.parametrize(
    "answer", [sized(b"a" * 101), CHUNKED + b"65\r\n" + b"a" * 101 + b"\r\n0\r\n\r\n"], ids=["length", "chunked"]
)
async def test_a_body_past_its_bound_is_refused(transport: HttpTransport, answer: bytes) -> None:
    async with upstream(saying(answer)) as served:
        response = await transport.send(post(served.endpoint))
        with pytest.raises(BodyTooLarge):
            await response.read(100)


async def test_an_endless_body_is_refused_at_its_bound(transport: HttpTransport) -> None:
    async def script(peer: Peer) -> None:
        await peer.request()
        await peer.say(CHUNKED)
        while True:
            await peer.say(b"400\r\n" + b"a" * 1024 + b"\r\n")

    async with upstream(script) as served:
        response = await transport.send(post(served.endpoint))
        with pytest.raises(BodyTooLarge):
            await response.read(100_000)
        assert transport.stats() == []


async def test_an_announced_body_past_its_bound_is_not_awaited(transport: HttpTransport) -> None:
    async with upstream(once(OK + b"content-length: 1000000000\r\n\r\n")) as served:
        response = await transport.send(post(served.endpoint))
        with pytest.raises(BodyTooLarge):
            await response.read(100)


async def test_close_before_the_end_closes_the_connection(transport: HttpTransport) -> None:
    closed = asyncio.Event()

    async def script(peer: Peer) -> None:
        await peer.request()
        await peer.say(CHUNKED + b"1\r\na\r\n")
        await peer.until_closed()
        closed.set()

    async with upstream(script) as served:
        response = await transport.send(post(served.endpoint))
        response.close()
        response.close()
        await asyncio.wait_for(closed.wait(), 0.25)
        assert transport.stats() == []
        with pytest.raises(ConnectionLost):
            await response.chunk()


async def test_close_with_unread_bytes_closes_the_connection(transport: HttpTransport) -> None:
    async with upstream(saying(sized(b"secret of another call"))) as served:
        response = await transport.send(post(served.endpoint))
        response.close()
        assert transport.stats() == []
        again = await transport.send(post(served.endpoint))
        assert await again.read(100) == b"secret of another call"
        assert served.connections == 2


async def test_close_after_the_last_byte_gives_the_connection_back(transport: HttpTransport) -> None:
    async with upstream(saying(CHUNKED + b"1\r\na\r\n0\r\n\r\n")) as served:
        response = await transport.send(post(served.endpoint))
        assert await response.chunk() == b"a"
        response.close()
        response.close()
        assert transport.stats()[0].idle == 1
        assert transport.stats()[0].open == 1


async def test_an_old_answer_cannot_touch_the_next_one(transport: HttpTransport) -> None:
    async with upstream(saying(sized(b"one"))) as served:
        first = await transport.send(post(served.endpoint))
        await first.read(10)
        second = await transport.send(post(served.endpoint))
        first.close()
        assert await first.chunk() == b""
        assert await second.read(10) == b"one"
        assert served.connections == 1


async def test_a_cancelled_reader_closes_the_connection_at_once(transport: HttpTransport) -> None:
    closed_at = asyncio.get_running_loop().create_future()

    async def script(peer: Peer) -> None:
        await peer.request()
        await peer.say(CHUNKED + b"1\r\na\r\n")
        await peer.until_closed()
        closed_at.set_result(time.monotonic())

    async with upstream(script) as served:
        response = await transport.send(post(served.endpoint))
        assert await response.chunk() == b"a"
        reading = asyncio.create_task(response.chunk())
        await settle()
        reading.cancel()
        cancelled_at = time.monotonic()
        with pytest.raises(asyncio.CancelledError):
            await reading
        assert transport.stats() == []
        assert await asyncio.wait_for(closed_at, 1.0) - cancelled_at <= 0.25


async def test_bytes_that_came_before_an_error_are_given_first(transport: HttpTransport) -> None:
    async with upstream(once(CHUNKED, b"3\r\nabc\r\n")) as served:
        response = await transport.send(post(served.endpoint))
        await settle()
        assert await response.chunk() == b"abc"
        with pytest.raises(ConnectionLost):
            await response.chunk()


async def test_an_error_after_the_head_reaches_the_reader(transport: HttpTransport) -> None:
    broken = asyncio.Event()

    async def script(peer: Peer) -> None:
        await peer.request()
        await peer.say(CHUNKED)
        await broken.wait()
        await peer.say(b"no chunk size\r\n")

    async with upstream(script) as served:
        response = await transport.send(post(served.endpoint))
        broken.set()
        with pytest.raises(ProtocolError):
            await response.read(100)
        assert transport.stats() == []


async def test_memory_is_bounded_while_the_reader_sleeps(transport: HttpTransport) -> None:
    size = 50 * 1024 * 1024
    sent = 0

    async def script(peer: Peer) -> None:
        nonlocal sent
        await peer.request()
        await peer.say(OK + b"content-length: %d\r\n\r\n" % size)
        piece = b"a" * 65_536
        while sent < size:
            peer.writer.write(piece)
            await peer.writer.drain()
            sent += len(piece)
        await peer.until_closed()

    async with upstream(script) as served:
        response = await transport.send(post(served.endpoint, timeouts=Timeouts(idle_s=5.0)))
        await asyncio.sleep(0.5)
        stalled = sent
        await asyncio.sleep(0.2)
        assert sent == stalled
        assert stalled < size / 2  # the kernel's buffers hold some megabytes
        connection = response._connection
        assert connection is not None
        assert sum(map(len, connection.parts)) <= UNREAD_BYTES_MAX + 262_144
        received = 0
        while piece := await response.chunk():
            assert len(piece) <= UNREAD_BYTES_MAX + 262_144
            received += len(piece)
        assert received == size
