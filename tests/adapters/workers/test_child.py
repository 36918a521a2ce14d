import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from waystation.adapters.workers import child as child_module
from waystation.adapters.workers.child import Child, WorkerEnded
from waystation.adapters.workers.listening import listen

DOUBLE = str(Path(__file__).with_name("double.py"))


@asynccontextmanager
async def started(how: str) -> AsyncIterator[tuple[Child, int]]:
    """A worker, and the port that it listens on."""
    (listener,) = listen("127.0.0.1", 0)

    def asked(child: Child) -> None:
        tasks.append(asyncio.create_task(child.tell_all(b"all")))

    tasks: list[asyncio.Task[None]] = []
    child = await Child.start((sys.executable, DOUBLE, how), [listener], asked)
    try:
        yield child, listener.getsockname()[1]
    finally:
        child.signal(signal.SIGKILL)
        await child.ended()
        listener.close()


async def hear(port: int) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        return await reader.read()
    finally:
        writer.close()


async def test_it_is_ready_serves_counts_and_ends() -> None:
    async with started("good") as (child, port):
        await child.ready()
        assert child.is_ready
        assert await hear(port) == b"%d all" % child.pid
        await child.count()
        assert child.counts == b"1"
        await hear(port)
        await child.retire()
        assert await child.ended() == 0
        assert (child.counts, child.is_ready) == (b"2", False)
        child.signal(signal.SIGTERM)  # it hears nothing any more


async def test_one_that_ends_before_it_is_ready_is_told() -> None:
    async with started("unready") as (child, _):
        with pytest.raises(WorkerEnded, match="with status 3"):
            await child.ready()


async def test_one_that_is_killed_keeps_what_it_said_last() -> None:
    async with started("good") as (child, port):
        await child.ready()
        await hear(port)
        await child.count()
        child.signal(signal.SIGKILL)
        assert (await child.ended(), child.counts) == (-signal.SIGKILL, b"1")


async def test_one_that_hangs_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child_module, "COUNT_S", 0.05)
    async with started("good") as (child, _):
        await child.ready()
        await child.count()
        child.signal(signal.SIGSTOP)
        await child.count()
        assert child.counts == b"0"
        child.signal(signal.SIGCONT)
