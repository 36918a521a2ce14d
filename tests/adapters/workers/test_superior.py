import asyncio
import socket

import pytest

from waystation.adapters.workers import superior as superior_module
from waystation.adapters.workers.channel import AllCounts, Channel, Count, CountAll, Counts, Ready, Retire
from waystation.adapters.workers.superior import Superior
from waystation.wire.errors import HouseError


class Worker:
    def __init__(self) -> None:
        ours, theirs = socket.socketpair()
        self.end = ours
        self.superior = Superior(theirs)
        self.retired = asyncio.Event()

    async def start(self) -> Channel:
        """The supervisor's end."""
        channel = await Channel.over(self.end)
        await self.superior.start(lambda: b"7", self.retired.set)
        assert await channel.receive() == Ready()
        return channel


async def test_it_says_what_was_counted_when_it_is_asked_and_at_the_end() -> None:
    worker = Worker()
    channel = await worker.start()
    await channel.send(Count())
    assert await channel.receive() == Counts(b"7")
    await worker.superior.aclose()
    assert await channel.receive() == Counts(b"7")
    assert await channel.receive() is None
    channel.close()


async def test_it_is_told_what_all_have_counted() -> None:
    worker = Worker()
    channel = await worker.start()
    both = [asyncio.create_task(worker.superior.all_counts()) for _ in range(2)]
    assert [await channel.receive() for _ in range(2)] == [CountAll(), CountAll()]
    for _ in range(2):
        await channel.send(AllCounts(b"15"))
    assert await asyncio.gather(*both) == [b"15", b"15"]
    await worker.superior.aclose()
    channel.close()


async def test_a_supervisor_that_does_not_answer_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    worker = Worker()
    with pytest.raises(HouseError, match="no supervisor"):
        await worker.superior.all_counts()
    monkeypatch.setattr(superior_module, "ALL_COUNTS_S", 0.05)
    channel = await worker.start()
    with pytest.raises(HouseError, match="does not say"):
        await worker.superior.all_counts()
    await channel.send(AllCounts(b"too late"))
    await worker.superior.aclose()
    channel.close()


@pytest.mark.parametrize("told", [True, False])
async def test_it_retires_when_it_is_told_and_when_nobody_could_tell_it_any_more(*, told: bool) -> None:
    worker = Worker()
    channel = await worker.start()
    if told:
        await channel.send(Retire())
    else:
        channel.close()
    await asyncio.wait_for(worker.retired.wait(), 10)
    await worker.superior.aclose()
    channel.close()
