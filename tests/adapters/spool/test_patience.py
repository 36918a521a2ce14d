import asyncio

import pytest

from waystation.adapters.spool.patience import Patience
from waystation.wire.errors import StoreUnavailable


class Hands:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.at = 100.0

    def __call__(self) -> float:
        return self.at


async def turns() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_what_comes_in_time_is_handed_on() -> None:
    patience = Patience(Hands(), bound_s=1.5)
    assert await patience.bound(asyncio.sleep(0, "done")) == "done"


async def test_what_takes_too_long_is_given_up_and_cancelled() -> None:
    now = Hands()
    patience = Patience(now, bound_s=1.5)
    never: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    waiting = asyncio.create_task(patience.bound(never))
    await turns()
    now.at += 1.4
    patience.look()
    await turns()
    assert not waiting.done()
    now.at += 0.2
    later = asyncio.create_task(patience.bound(asyncio.sleep(0.01, "done")))
    await turns()
    patience.look()
    with pytest.raises(StoreUnavailable, match=r"within 1\.5 seconds"):
        await waiting
    assert never.cancelled()
    assert await later == "done"


async def test_who_was_given_up_goes_on_as_if_never_cancelled() -> None:
    now = Hands()
    patience = Patience(now, bound_s=1.5)

    async def work() -> int:
        try:
            await patience.bound(asyncio.sleep(60))
        except StoreUnavailable:
            await asyncio.sleep(0)
        task = asyncio.current_task()
        assert task is not None
        return task.cancelling()

    working = asyncio.create_task(work())
    await turns()
    now.at += 2
    patience.look()
    assert await working == 0


@pytest.mark.parametrize("given_up", [False, True])
async def test_a_cancellation_by_somebody_else_is_one(*, given_up: bool) -> None:
    now = Hands()
    patience = Patience(now, bound_s=1.5)
    waiting = asyncio.create_task(patience.bound(asyncio.sleep(60)))
    await turns()
    if given_up:
        now.at += 2
        patience.look()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting


async def test_it_looks_by_itself() -> None:
    patience = Patience(asyncio.get_running_loop().time, bound_s=0.05)
    running = asyncio.create_task(patience.run())
    with pytest.raises(StoreUnavailable):
        await patience.bound(asyncio.sleep(60))
    running.cancel()
