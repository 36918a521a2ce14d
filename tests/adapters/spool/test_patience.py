import asyncio

import pytest

from waystation.adapters.spool.patience import TICK_S, Patience
from waystation.wire.errors import StoreUnavailable


async def turns() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def pass_s(patience: Patience, seconds: float) -> None:
    for _ in range(round(seconds / TICK_S)):
        patience.tick()


async def test_what_comes_in_time_is_handed_on() -> None:
    assert await Patience(1.5).bound(asyncio.sleep(0, "done")) == "done"


async def test_what_takes_too_long_is_given_up_and_cancelled() -> None:
    patience = Patience(1.5)
    never: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    waiting = asyncio.create_task(patience.bound(never))
    await turns()
    pass_s(patience, 1.5)
    await turns()
    assert not waiting.done()
    later = asyncio.create_task(patience.bound(asyncio.sleep(0.01, "done")))
    await turns()
    pass_s(patience, 0.1)
    with pytest.raises(StoreUnavailable, match=r"within 1\.5 seconds"):
        await waiting
    assert never.cancelled()
    assert await later == "done"


async def test_who_was_given_up_goes_on_as_if_never_cancelled() -> None:
    patience = Patience(1.5)

    async def work() -> int:
        with pytest.raises(StoreUnavailable):
            await patience.bound(asyncio.sleep(60))
        await asyncio.sleep(0)
        task = asyncio.current_task()
        assert task is not None
        return task.cancelling()

    working = asyncio.create_task(work())
    await turns()
    pass_s(patience, 2)
    assert await working == 0


@pytest.mark.parametrize("given_up", [False, True])
async def test_a_cancellation_by_somebody_else_is_one(*, given_up: bool) -> None:
    patience = Patience(1.5)
    waiting = asyncio.create_task(patience.bound(asyncio.sleep(60)))
    await turns()
    if given_up:
        pass_s(patience, 2)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting


async def test_it_ticks_by_itself() -> None:
    patience = Patience(0.05)
    running = asyncio.create_task(patience.run())
    with pytest.raises(StoreUnavailable):
        await patience.bound(asyncio.sleep(60))
    running.cancel()
