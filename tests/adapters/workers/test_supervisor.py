import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress

import pytest

from tests.adapters.workers.test_child import DOUBLE, hear
from waystation.adapters.workers import supervisor as supervisor_module
from waystation.adapters.workers.child import WorkerEnded
from waystation.adapters.workers.listening import listen
from waystation.adapters.workers.supervisor import Supervisor


class Sum:
    """Counts are numbers."""

    def __init__(self) -> None:
        self.past = 0

    def leave(self, counts: bytes) -> None:
        self.past += int(counts)

    def of(self, living: Sequence[bytes], *, ready: int, died: int) -> bytes:
        return b"%d %d %d" % (self.past + sum(map(int, living)), ready, died)


class Node:
    def __init__(self, how: str = "good", *, count: int = 2, patience_s: float = 20.0) -> None:
        (self.listener,) = listen("127.0.0.1", 0)
        self.port: int = self.listener.getsockname()[1]
        self.command = [sys.executable, DOUBLE, how]
        self.supervisor = Supervisor(self.command, [self.listener], count=count, patience_s=patience_s, gathered=Sum())

    @property
    def pids(self) -> list[int]:
        return [child.pid for child in self.supervisor._seats]

    async def told(self) -> list[int]:
        """What all have counted, how many are ready, and how many have died."""
        return [int(word) for word in (await hear(self.port)).split()[1:]]


@asynccontextmanager
async def running(node: Node) -> AsyncIterator[Node]:
    task = asyncio.create_task(node.supervisor.run())
    await asyncio.wait_for(node.supervisor.listening.wait(), 60)
    try:
        yield node
    finally:
        node.supervisor.stop()
        await asyncio.wait_for(task, 60)
    assert not any(is_alive(pid) for pid in node.pids)


def is_alive(pid: int) -> bool:
    with suppress(ProcessLookupError):
        os.kill(pid, 0)
        return True
    return False


async def until(is_so: Callable[[], bool]) -> None:
    """It is only logged, or not even that."""
    async with asyncio.timeout(60):
        while not is_so():  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def test_what_all_have_counted_goes_on_when_one_dies_and_another_takes_its_place(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with running(Node()) as node:
        assert [await node.told() for _ in range(5)] == [[number, 2, 0] for number in range(1, 6)]
        before = node.pids
        os.kill(before[0], signal.SIGKILL)
        async with asyncio.timeout(60):
            while len(set(node.pids) - {before[0]}) < 2 or (await node.told())[1] < 2:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        first, second = await node.told(), await node.told()
        assert second == [first[0] + 1, 2, 1]
        assert first[0] > 5
        assert before[1] in node.pids
    assert [record.restart_in_s for record in caplog.records if record.message == "worker died"] == [0.5]  # type: ignore[attr-defined]


async def test_all_are_replaced_and_nobody_is_refused_meanwhile() -> None:
    async with running(Node()) as node:
        before = node.pids
        heard: list[bytes] = []

        async def call() -> None:
            while True:
                heard.append(await hear(node.port))

        calling = asyncio.create_task(call())
        node.supervisor.roll()
        await until(lambda: not set(node.pids) & set(before))
        await until(lambda: not any(map(is_alive, before)))
        calling.cancel()
        assert all(heard)
        assert {int(said.split()[0]) for said in heard} <= {*before, *node.pids}
        assert (await node.told())[1:] == [2, 0]


async def test_if_new_ones_do_not_start_the_old_ones_go_on(caplog: pytest.LogCaptureFixture) -> None:
    async with running(Node()) as node:
        before = node.pids
        node.command[2] = "unready"
        node.supervisor.roll()
        await until(lambda: "workers not replaced: the old ones go on" in caplog.messages)
        assert node.pids == before
        assert (await node.told())[1] == 2
        node.command[2] = "good"
        node.supervisor.roll()
        await until(lambda: not set(node.pids) & set(before))


async def test_one_that_is_never_ready_is_given_up(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(supervisor_module, "START_S", 1.0)
    async with running(Node()) as node:
        before = node.pids
        node.command[2] = "mute"
        node.supervisor.roll()
        await until(lambda: "workers not replaced: the old ones go on" in caplog.messages)
        assert node.pids == before


async def test_a_node_whose_workers_do_not_start_ends_with_what_they_said() -> None:
    node = Node("unready")
    with pytest.raises(WorkerEnded, match="with status 3"):
        await asyncio.wait_for(node.supervisor.run(), 60)
    assert not any(map(is_alive, node.pids))


async def test_it_can_be_stopped_before_it_is_ready() -> None:
    node = Node("mute")
    task = asyncio.create_task(node.supervisor.run())
    while len(node.supervisor._seats) < 2:  # noqa: ASYNC110 - it tells nobody
        await asyncio.sleep(0.02)
    node.supervisor.stop()
    await asyncio.wait_for(task, 60)
    assert not node.supervisor.listening.is_set()


async def test_who_does_not_end_in_time_is_killed(caplog: pytest.LogCaptureFixture) -> None:
    async with running(Node("deaf", count=1, patience_s=0.3)) as node:
        pid = node.pids[0]
        node.supervisor.stop()
        node.supervisor.stop()
    assert not is_alive(pid)
    assert "worker killed: it did not end in time" in caplog.messages


async def test_one_that_can_t_be_started_is_tried_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(supervisor_module, "PAUSE_S", 0.05)
    async with running(Node(count=1)) as node:
        program, node.command[0] = node.command[0], "/nowhere/python"
        os.kill(node.pids[0], signal.SIGKILL)
        await until(lambda: "worker not started" in caplog.messages)
        node.supervisor.roll()  # which can't be done either
        await asyncio.sleep(0.1)
        node.command[0] = program
        assert (await asyncio.wait_for(node.told(), 60))[1] == 1


async def test_it_can_be_stopped_while_it_replaces_them() -> None:
    async with running(Node()) as node:
        node.command[2] = "mute"
        node.supervisor.roll()
        await until(lambda: len(node.supervisor._living) == 3)
        all_of_them = [child.pid for child in node.supervisor._living]
    assert not any(map(is_alive, all_of_them))
