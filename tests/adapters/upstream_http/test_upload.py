import asyncio
import hashlib
from collections.abc import Iterator

import pytest

from tests.adapters.upstream_http.raw import OK, Peer, post, settle, sized, upstream
from waystation.adapters.upstream_http.transport import HttpTransport
from waystation.adapters.upstream_http.upload import EXPECT_ABOVE_BYTES
from waystation.wire.catalogue import Timeouts
from waystation.wire.errors import ConnectionLost, UpstreamTimeout

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
MEDIUM = bytes(range(256)) * 2048  # 512 KiB: several writes, no question first
LARGE = bytes(range(256)) * 80_000  # 20 MB


async def test_a_medium_body_arrives_whole_without_a_question(transport: HttpTransport) -> None:
    async def script(peer: Peer) -> None:
        while True:
            request = await peer.request()
            assert b"expect" not in request.partition(b"\r\n\r\n")[0]
            await peer.say(sized(hashlib.sha256(request.partition(b"\r\n\r\n")[2]).digest()))

    async with upstream(script) as served:
        for _ in range(2):
            response = await transport.send(post(served.endpoint, body=MEDIUM))
            assert await response.read(100) == hashlib.sha256(MEDIUM).digest()
        assert served.connections == 1


async def test_a_large_body_waits_for_the_word_and_arrives_whole(transport: HttpTransport) -> None:
    async def script(peer: Peer) -> None:
        while True:
            head = await peer.head()
            assert b"\r\nexpect: 100-continue\r\n" in head
            await settle()
            assert not peer.reader._buffer  # type: ignore[attr-defined] # nothing came before the word
            await peer.say(CONTINUE)
            body = await peer.reader.readexactly(len(LARGE))
            await peer.say(sized(hashlib.sha256(body).digest()))

    async with upstream(script) as served:
        for _ in range(2):
            response = await transport.send(post(served.endpoint, body=LARGE))
            assert await response.read(100) == hashlib.sha256(LARGE).digest()
        assert served.connections == 1


async def test_a_slow_reader_gets_the_body_at_its_own_pace(transport: HttpTransport) -> None:
    async def script(peer: Peer) -> None:
        await peer.head()
        await peer.say(CONTINUE)
        reading = peer.writer.transport
        digest, left = hashlib.sha256(), len(LARGE)
        while left:
            reading.pause_reading()  # type: ignore[attr-defined] # a transport that reads
            await asyncio.sleep(0.01)
            reading.resume_reading()  # type: ignore[attr-defined]
            data = await peer.reader.read(1_000_000)
            digest.update(data)
            left -= len(data)
        await peer.say(sized(digest.digest()))
        await peer.until_closed()

    async with upstream(script) as served:
        sending = asyncio.create_task(transport.send(post(served.endpoint, body=LARGE)))
        await asyncio.sleep(0.05)
        waiting = max(_write_buffers(transport))
        response = await sending
        assert waiting < 1024 * 1024
        assert await response.read(100) == hashlib.sha256(LARGE).digest()
        assert transport.stats()[0].idle == 1


def _write_buffers(transport: HttpTransport) -> Iterator[int]:
    for pool in transport._pools.values():
        for connection in pool._live:
            assert connection._transport is not None
            yield connection._transport.get_write_buffer_size()


async def test_a_server_that_ignores_the_question_gets_the_body_after_a_second(transport: HttpTransport) -> None:
    async def script(peer: Peer) -> None:
        await peer.request()
        await peer.say(sized(b"ok"))

    async with upstream(script) as served:
        body = b"a" * (EXPECT_ABOVE_BYTES + 1)
        asked_at = asyncio.get_running_loop().time()
        response = await transport.send(post(served.endpoint, body=body))
        assert asyncio.get_running_loop().time() - asked_at > 0.9
        assert await response.read(100) == b"ok"


async def test_a_refusal_before_the_word_saves_the_upload(transport: HttpTransport) -> None:
    came = b""

    async def script(peer: Peer) -> None:
        nonlocal came
        await peer.head()
        await peer.say(b"HTTP/1.1 413 Too Large\r\ncontent-length: 3\r\n\r\nbig")
        came = await peer.reader.read()

    async with upstream(script) as served:
        response = await transport.send(post(served.endpoint, body=LARGE))
        assert (response.status, await response.read(100)) == (413, b"big")
        assert transport.stats() == []
        await settle()
        assert came == b""


async def test_a_server_that_knows_no_expectations_is_asked_without(transport: HttpTransport) -> None:
    heads = []

    async def script(peer: Peer) -> None:
        heads.append(await peer.head())
        if b"expect" in heads[-1]:
            await peer.say(b"HTTP/1.1 417 Expectation Failed\r\ncontent-length: 0\r\n\r\n")
            await peer.until_closed()
            return
        await peer.reader.readexactly(len(LARGE))
        await peer.say(sized(b"ok"))

    async with upstream(script) as served:
        response = await transport.send(post(served.endpoint, body=LARGE))
        assert (response.status, await response.read(100)) == (200, b"ok")
        assert ["expect" in head.decode() for head in heads] == [True, False]


async def test_an_early_refusal_ends_the_upload_and_the_connection(transport: HttpTransport) -> None:
    came = 0

    async def script(peer: Peer) -> None:
        nonlocal came
        await peer.head()
        await peer.say(CONTINUE)
        await peer.reader.readexactly(300_000)
        await peer.say(b"HTTP/1.1 413 Too Large\r\ncontent-length: 3\r\n\r\nbig")
        came = 300_000 + len(await peer.reader.read())

    async with upstream(script) as served:
        response = await transport.send(post(served.endpoint, body=LARGE))
        assert (response.status, await response.read(100)) == (413, b"big")
        assert transport.stats() == []
        await settle()
        assert 300_000 <= came < len(LARGE)


async def test_an_early_refusal_is_seen_while_the_upstream_takes_nothing(transport: HttpTransport) -> None:
    async def script(peer: Peer) -> None:
        await peer.head()
        await peer.say(CONTINUE)
        peer.writer.transport.pause_reading()  # type: ignore[attr-defined] # a transport that reads
        await asyncio.sleep(0.1)  # the upload has filled the buffers by now, and waits
        await peer.say(b"HTTP/1.1 503 Busy\r\ncontent-length: 4\r\n\r\nbusy")
        await asyncio.sleep(1)

    async with upstream(script) as served:
        response = await transport.send(post(served.endpoint, body=LARGE * 2))
        assert (response.status, await response.read(100)) == (503, b"busy")
        assert transport.stats() == []


async def test_an_early_answer_that_is_no_refusal_lets_the_upload_go_on(transport: HttpTransport) -> None:
    async def script(peer: Peer) -> None:
        await peer.head()
        await peer.say(CONTINUE, OK + b"content-length: 32\r\n\r\n")
        body = await peer.reader.readexactly(len(LARGE))
        await peer.say(hashlib.sha256(body).digest())
        await peer.until_closed()

    async with upstream(script) as served:
        response = await transport.send(post(served.endpoint, body=LARGE))
        assert await response.read(100) == hashlib.sha256(LARGE).digest()
        assert transport.stats() == []  # an answer before its question was whole ends the connection


async def test_an_upstream_that_takes_nothing_is_given_up(transport: HttpTransport) -> None:
    async def script(peer: Peer) -> None:
        await peer.head()
        await peer.say(CONTINUE)
        peer.writer.transport.pause_reading()  # type: ignore[attr-defined] # a transport that reads
        await asyncio.sleep(2)

    async with upstream(script) as served:
        with pytest.raises(UpstreamTimeout) as caught:
            await transport.send(post(served.endpoint, body=LARGE * 2, timeouts=Timeouts(idle_s=0.2)))
        assert caught.value.phase == "idle"
        assert transport.stats() == []


async def test_the_first_byte_is_awaited_from_the_end_of_the_upload(transport: HttpTransport) -> None:
    async def script(peer: Peer) -> None:
        await peer.head()
        await asyncio.sleep(0.4)
        await peer.say(CONTINUE)
        await peer.reader.readexactly(len(LARGE))
        await peer.say(sized(b"ok"))

    async with upstream(script) as served:
        timeouts = Timeouts(first_byte_s=0.3)
        response = await transport.send(post(served.endpoint, body=LARGE, timeouts=timeouts))
        assert await response.read(10) == b"ok"


async def test_a_reset_in_the_middle_of_the_upload_is_not_retried(transport: HttpTransport) -> None:
    async def script(peer: Peer) -> None:
        await peer.head()
        await peer.say(CONTINUE)
        await peer.reader.readexactly(300_000)
        peer.reset()

    async with upstream(script) as served:
        with pytest.raises(ConnectionLost):
            await transport.send(post(served.endpoint, body=LARGE))
        assert served.connections == 1


async def test_others_are_served_during_an_upload(transport: HttpTransport) -> None:
    async def script(peer: Peer) -> None:
        while True:
            await peer.request()
            await peer.say(sized(b"ok"))

    async with upstream(script) as served:
        upload = asyncio.create_task(transport.send(post(served.endpoint, body=MEDIUM)))
        for _ in range(5):
            assert await (await transport.send(post(served.endpoint))).read(10) == b"ok"
        assert await (await upload).read(10) == b"ok"


async def test_a_cancelled_upload_closes_the_connection(transport: HttpTransport) -> None:
    closed = asyncio.Event()

    async def script(peer: Peer) -> None:
        await peer.head()
        await peer.say(CONTINUE)
        await peer.until_closed()
        closed.set()

    async with upstream(script) as served:
        sending = asyncio.create_task(transport.send(post(served.endpoint, body=LARGE * 4)))
        await settle()
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending
        await asyncio.wait_for(closed.wait(), 1.0)
        assert transport.stats() == []
