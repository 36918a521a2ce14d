import asyncio

import pytest

from waystation.adapters.sqlite.overdue import Overdue
from waystation.wire.errors import StoreUnavailable


async def test_who_waits_for_too_long_is_told_and_who_was_answered_is_not() -> None:
    loop = asyncio.get_running_loop()
    overdue = Overdue(loop, 0.15)
    answered, late = loop.create_future(), loop.create_future()
    overdue.watch([answered, late])
    answered.set_result(1)
    with pytest.raises(StoreUnavailable, match=r"within 0\.15 seconds"):
        await late
    assert await answered == 1


async def test_those_who_came_later_may_wait_longer() -> None:
    loop = asyncio.get_running_loop()
    overdue = Overdue(loop, 0.3)
    first, second = loop.create_future(), loop.create_future()
    overdue.watch([first])
    await asyncio.sleep(0.25)
    overdue.watch([second])
    with pytest.raises(StoreUnavailable):
        await first
    assert not second.done()
    with pytest.raises(StoreUnavailable):
        await second


async def test_after_the_end_nobody_is_told() -> None:
    loop = asyncio.get_running_loop()
    overdue = Overdue(loop, 0.05)
    waiting = loop.create_future()
    overdue.watch([waiting])
    overdue.stop()
    await asyncio.sleep(0.3)
    assert not waiting.done()
    overdue.stop()
