"""Servers for the load client: the rigs' own upstream, and one that plays any bytes."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress

import pytest

from bench.upstream import serve

Playing = Callable[..., AbstractAsyncContextManager[str]]


@pytest.fixture
async def upstream_url() -> AsyncIterator[str]:
    """The rigs' own upstream, ten chunks to a stream."""
    async with await serve(0, chunks=10) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    await asyncio.sleep(0.05)  # it reads that its callers are gone, and closes its own ends


@pytest.fixture
def playing() -> Playing:
    """`playing(*pieces, close=True)`: the URL of a server that answers each call with those bytes."""
    return _playing


@asynccontextmanager
async def _playing(*pieces: bytes, close: bool = True) -> AsyncIterator[str]:
    """Pieces are written a little apart, so that they arrive apart; then it hangs up, or waits for the caller to."""
    playing: set[asyncio.Task[None]] = set()

    async def play(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        playing.add(_current())
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
            for piece in pieces:
                writer.write(piece)
                await asyncio.sleep(0.02)
            if not close:
                await reader.read()
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()

    server = await asyncio.start_server(play, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    if playing:
        await asyncio.wait(playing, timeout=5)


def _current() -> asyncio.Task[None]:
    task = asyncio.current_task()
    assert task is not None
    return task
