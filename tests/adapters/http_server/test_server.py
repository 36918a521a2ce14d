"""The server's life: it listens, it stops."""

import asyncio
from typing import Any

from tests.adapters.http_server.sockets import GET, STREAM, App, Message, calling, echo, serving, whole
from waystation.adapters.http_server import Server, server_for


async def told(server: Server) -> None:
    """Wait until it takes no connection any more: in the same moment it says so to those that it has."""
    while server.servers[0].is_serving():  # noqa: ASYNC110 - nothing tells of it
        await asyncio.sleep(0.01)


def slow_stream(begun: asyncio.Event, go_on: asyncio.Event) -> App:
    async def app(_scope: Message, _receive: object, send: Any) -> None:
        for at, message in enumerate(STREAM):
            if at == 2:
                begun.set()
                await go_on.wait()
            await send(message)

    return app


async def test_a_stop_lets_open_calls_finish() -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def app(_scope: Message, _receive: object, send: Any) -> None:
        begun.set()
        await go_on.wait()
        for message in whole(b"hi"):
            await send(message)

    async with serving(app) as server, calling(server) as (reader, writer):
        writer.write(GET)
        await begun.wait()
        server.stop()
        go_on.set()
        assert (await reader.read()).endswith(b"hi")


async def test_a_second_stop_waits_for_nobody() -> None:
    begun = asyncio.Event()

    async def app(_scope: Message, _receive: object, _send: Any) -> None:
        begun.set()
        await asyncio.Event().wait()

    server = server_for(app, host="127.0.0.1", port=0, drain_s=60.0)
    task = asyncio.create_task(server.serve())
    await server.listening.wait()
    async with calling(server) as (_, writer):
        writer.write(GET)
        await begun.wait()
        server.stop()
        server.stop()
        await asyncio.wait_for(task, 20)


async def test_who_asks_while_it_stops_is_answered_and_told_that_this_was_the_last() -> None:
    async with serving(echo) as server, calling(server) as (reader, writer), calling(server) as (silent, _):
        writer.write(GET)
        assert b"connection: close" not in await reader.readuntil(b"/  ")
        server.stop()
        await told(server)
        writer.write(GET)
        assert b"connection: close\r\n" in await reader.read()
        assert await silent.read() == b""


async def test_a_stream_that_runs_ends_whole_and_its_caller_may_ask_once_more() -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()
    async with serving(slow_stream(begun, go_on)) as server, calling(server) as (reader, writer):
        writer.write(GET)
        await begun.wait()
        server.stop()
        await told(server)
        go_on.set()
        assert b"connection: close" not in await reader.readuntil(b"0\r\n\r\n")
        writer.write(GET)
        answer = await reader.read()
        assert b"connection: close\r\n" in answer
        assert answer.endswith(b"two\r\n0\r\n\r\n")


async def test_of_pipelined_requests_one_more_is_answered() -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()
    async with serving(slow_stream(begun, go_on)) as server, calling(server) as (reader, writer):
        writer.write(3 * GET)
        await begun.wait()
        server.stop()
        await told(server)
        go_on.set()
        answers = await reader.read()
        assert answers.count(b"HTTP/1.1 200 OK") == answers.count(b"0\r\n\r\n") == 2
        assert answers.count(b"connection: close") == 1
