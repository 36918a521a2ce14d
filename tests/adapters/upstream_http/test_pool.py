import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.adapters.upstream_http.raw import OK, Peer, Upstream, post, saying, settle, sized, upstream
from waystation.adapters.upstream_http.dial import Dialer
from waystation.adapters.upstream_http.pool import Pool, PoolLimits
from waystation.adapters.upstream_http.response import Response
from waystation.adapters.upstream_http.transport import HttpTransport
from waystation.wire.catalogue import Timeouts
from waystation.wire.errors import ConnectFailed, UpstreamTimeout


@asynccontextmanager
async def transport_of(limits: PoolLimits) -> AsyncIterator[HttpTransport]:
    transport = HttpTransport(limits)
    try:
        yield transport
    finally:
        await transport.aclose()


async def numbered(peer: Peer) -> None:
    """Answers with the number of its connection."""
    while True:
        await peer.request()
        await peer.say(sized(b"%d" % peer.number))


async def ask(transport: HttpTransport, served: Upstream, timeouts: Timeouts | None = None) -> bytes:
    response = await transport.send(post(served.endpoint, timeouts=timeouts or Timeouts()))
    return await response.read(100)


async def test_a_connection_serves_call_after_call(transport: HttpTransport) -> None:
    async with upstream(numbered) as served:
        assert [await ask(transport, served) for _ in range(5)] == [b"1"] * 5
        assert served.connections == 1


async def test_calls_at_once_have_connections_of_their_own(transport: HttpTransport) -> None:
    async with upstream(numbered) as served:
        got = await asyncio.gather(*(ask(transport, served) for _ in range(5)))
        assert sorted(got) == [b"1", b"2", b"3", b"4", b"5"]
        stats = transport.stats()[0]
        assert (stats.endpoint, stats.open, stats.idle, stats.waiting) == (served.endpoint, 5, 5, 0)


async def test_the_youngest_connection_serves_next(transport: HttpTransport) -> None:
    async with upstream(numbered) as served:
        first, second = [await transport.send(post(served.endpoint)) for _ in range(2)]
        young = await second.read(9)
        assert young == b"2"
        assert await first.read(9) == b"1"
        assert await ask(transport, served) == b"1"


async def test_endpoints_do_not_share_connections(transport: HttpTransport) -> None:
    async with upstream(numbered) as one, upstream(numbered) as two:
        await ask(transport, one)
        await ask(transport, two)
        assert (one.connections, two.connections) == (1, 1)
        assert {stats.endpoint for stats in transport.stats()} == {one.endpoint, two.endpoint}


async def test_no_more_idle_connections_than_allowed() -> None:
    async with upstream(numbered) as served, transport_of(PoolLimits(idle_max=2)) as transport:
        await asyncio.gather(*(ask(transport, served) for _ in range(5)))
        assert transport.stats()[0].idle == 2
        assert transport.stats()[0].open == 2


async def test_idle_connections_expire() -> None:
    async with upstream(numbered) as served, transport_of(PoolLimits(idle_s=0.1)) as transport:
        await ask(transport, served)
        assert transport.stats()[0].idle == 1
        await asyncio.sleep(0.25)
        assert transport.stats() == []
        assert await ask(transport, served) == b"2"


async def test_a_connection_in_use_does_not_expire() -> None:
    async def script(peer: Peer) -> None:
        while True:
            await peer.request()
            await asyncio.sleep(0.15)
            await peer.say(sized(b"ok"))

    async with upstream(script) as served, transport_of(PoolLimits(idle_s=0.1)) as transport:
        for _ in range(3):
            assert await ask(transport, served) == b"ok"
        assert served.connections == 1


async def test_no_more_connections_than_allowed_and_first_come_first_served() -> None:
    order: list[int] = []

    async def call(transport: HttpTransport, served: Upstream, number: int) -> None:
        response = await transport.send(post(served.endpoint))
        order.append(number)
        await asyncio.sleep(0.01)
        await response.read(9)

    async with upstream(numbered) as served, transport_of(PoolLimits(connections_max=2)) as transport:
        calls = [asyncio.create_task(call(transport, served, number)) for number in range(10)]
        await asyncio.sleep(0)
        assert transport.stats()[0].waiting == 8
        await asyncio.gather(*calls)
        assert order[2:] == list(range(2, 10))
        assert served.connections == 2
        stats = transport.stats()[0]
        assert (stats.open, stats.idle, stats.waiting) == (2, 2, 0)


async def test_newcomers_do_not_overtake_those_who_wait() -> None:
    async with upstream(numbered) as served, transport_of(PoolLimits(connections_max=1)) as transport:
        held = await transport.send(post(served.endpoint))
        first = asyncio.create_task(transport.send(post(served.endpoint)))
        await settle()
        await held.read(9)
        second = asyncio.create_task(transport.send(post(served.endpoint)))
        response = await first
        assert not second.done()
        await response.read(9)
        await (await second).read(9)


async def test_a_closed_connection_makes_room_for_who_waits() -> None:
    async with upstream(numbered) as served, transport_of(PoolLimits(connections_max=1)) as transport:
        held = await transport.send(post(served.endpoint))
        waiting = asyncio.create_task(ask(transport, served))
        await settle()
        held.close()
        assert await waiting == b"2"


async def test_a_full_queue_refuses() -> None:
    limits = PoolLimits(connections_max=1, waiting_max=1)
    async with upstream(numbered) as served, transport_of(limits) as transport:
        held = await transport.send(post(served.endpoint))
        waiting = asyncio.create_task(ask(transport, served))
        await settle()
        with pytest.raises(ConnectFailed, match="wait for a connection already"):
            await ask(transport, served)
        held.close()
        await waiting


async def test_waiting_counts_as_connecting() -> None:
    async with upstream(numbered) as served, transport_of(PoolLimits(connections_max=1)) as transport:
        held = await transport.send(post(served.endpoint))
        with pytest.raises(UpstreamTimeout) as caught:
            await ask(transport, served, Timeouts(connect_s=0.05))
        assert caught.value.phase == "connect"
        assert transport.stats()[0].waiting == 0
        held.close()


async def test_who_gives_up_in_the_queue_holds_nobody_up() -> None:
    async with upstream(numbered) as served, transport_of(PoolLimits(connections_max=1)) as transport:
        held = await transport.send(post(served.endpoint))
        calls = [asyncio.create_task(ask(transport, served)) for _ in range(3)]
        await settle()
        calls[0].cancel()
        await settle()
        await held.read(9)  # the turn of the second has come
        calls[1].cancel()  # and it is gone before it knows
        assert await asyncio.wait_for(calls[2], 1) == b"1"
        assert transport.stats()[0].open == 1


async def test_who_gives_up_as_the_turn_comes_is_passed_over() -> None:
    async with upstream(numbered) as served, transport_of(PoolLimits(connections_max=1)) as transport:
        held = await transport.send(post(served.endpoint))
        calls = [asyncio.create_task(ask(transport, served)) for _ in range(2)]
        await settle()
        calls[0].cancel()
        await held.read(9)
        assert await asyncio.wait_for(calls[1], 1) == b"1"
        with pytest.raises(asyncio.CancelledError):
            await calls[0]
        stats = transport.stats()[0]
        assert (stats.open, stats.idle, stats.waiting) == (1, 1, 0)


async def test_a_right_to_open_that_nobody_takes_goes_to_the_next() -> None:
    async with upstream(numbered) as served, transport_of(PoolLimits(connections_max=1)) as transport:
        held = await transport.send(post(served.endpoint))
        calls = [asyncio.create_task(ask(transport, served)) for _ in range(2)]
        await settle()
        held.close()
        calls[0].cancel()
        assert await asyncio.wait_for(calls[1], 1) == b"2"
        assert transport.stats()[0].open == 1


async def test_a_connection_that_dies_on_its_way_to_who_waits_is_replaced() -> None:
    async with upstream(numbered) as served, transport_of(PoolLimits(connections_max=1)) as transport:
        held = await transport.send(post(served.endpoint))
        connection = held._connection
        assert connection is not None
        waiting = asyncio.create_task(ask(transport, served))
        await settle()
        await held.read(9)
        connection.eof_received()  # before the one who waits could run
        assert await asyncio.wait_for(waiting, 1) == b"2"


async def test_a_new_connection_takes_the_place_of_an_idle_one() -> None:
    async with upstream(numbered) as served:
        pool = Pool(served.endpoint, PoolLimits(connections_max=1), Dialer())
        old = await pool.connection(1.0)
        old.start(pool.heads.head("POST", "/", (), 0), post(served.endpoint, body=b""))
        await settle()
        await Response(old).read(9)
        assert pool.idle == [old]
        new = await pool.connection(1.0)
        assert (old.closed, new.closed, pool.stats().open) == (True, False, 1)
        await pool.close()


async def test_an_attempt_that_fails_makes_room() -> None:
    async with upstream(numbered) as served:
        endpoint = served.endpoint
    async with transport_of(PoolLimits(connections_max=1)) as transport:
        for _ in range(3):
            with pytest.raises(ConnectFailed):
                await transport.send(post(endpoint))
        assert transport.stats() == []


async def test_an_idle_connection_whose_server_leaves_is_taken_out(transport: HttpTransport) -> None:
    async def script(peer: Peer) -> None:
        await peer.request()
        await peer.say(sized(b"ok"))

    async with upstream(script) as served:
        assert await ask(transport, served) == b"ok"
        await settle()
        assert transport.stats() == []


async def test_an_idle_connection_whose_server_speaks_is_taken_out(transport: HttpTransport) -> None:
    async def script(peer: Peer) -> None:
        await peer.request()
        await peer.say(sized(b"ok"))
        await asyncio.sleep(0.01)
        await peer.say(sized(b"evil"))
        await peer.until_closed()

    async with upstream(script) as served:
        assert await ask(transport, served) == b"ok"
        await settle()
        assert transport.stats() == []
        assert await ask(transport, served) == b"ok"
        assert served.connections == 2


async def test_unread_bytes_never_reach_the_next_answer(transport: HttpTransport) -> None:
    async def script(peer: Peer) -> None:
        while True:
            await peer.request()
            await peer.say(sized(b"%d" % peer.number) + sized(b"evil"))

    async with upstream(script) as served:
        assert [await ask(transport, served) for _ in range(5)] == [b"1", b"2", b"3", b"4", b"5"]


async def test_an_answer_cut_short_is_not_followed_by_another(transport: HttpTransport) -> None:
    async with upstream(saying(OK + b"content-length: 5\r\n\r\nabc")) as served:
        response = await transport.send(post(served.endpoint))
        assert await response.chunk() == b"abc"
        response.close()
        again: Response = await transport.send(post(served.endpoint))
        assert await again.chunk() == b"abc"
        assert served.connections == 2


async def test_many_calls_over_few_connections_all_get_their_own_answer() -> None:
    async def script(peer: Peer) -> None:
        while True:
            request = await peer.request()
            await peer.say(sized(request.partition(b"\r\n\r\n")[2]))

    async def call(transport: HttpTransport, served: Upstream, number: int) -> None:
        body = b"call %d" % number
        try:
            async with asyncio.timeout(0.002 if number % 7 == 0 else 5):
                response = await transport.send(post(served.endpoint, body=body))
                assert await response.read(100) == body
        except TimeoutError:
            assert number % 7 == 0

    async with upstream(script) as served, transport_of(PoolLimits(connections_max=8)) as transport:
        await asyncio.gather(*(call(transport, served, number) for number in range(500)))
        stats = transport.stats()[0]
        assert stats.open == stats.idle <= 8
        assert stats.waiting == 0
