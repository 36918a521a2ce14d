"""The server's life: it listens, it stops."""

import asyncio
from typing import Any

from tests.adapters.http_server.sockets import GET, Message, calling, serving, whole
from waystation.adapters.http_server import server_for


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
