import asyncio
from collections.abc import Callable
from math import inf

import pytest

from tests.relay.world import until
from waystation.relay import line as line_module
from waystation.relay.line import Lines, Place


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line_module, "LOOK_S", 0.002)


class Crowd:
    """Callers of one model. `wait_s` is what each is told of the keys; those whose turn has come are in `came`."""

    def __init__(self, wait_s: float = 0.5) -> None:
        self.lines = Lines()
        self.wait_s = wait_s
        self.came: list[Place] = []
        self.left: list[Place] = []

    def join(self, count: int = 1, *, patience_s: float = 30.0) -> list["asyncio.Task[None]"]:
        return [
            asyncio.create_task(self._wait(self.lines.place("m"), lambda: self.wait_s, patience_s))
            for _ in range(count)
        ]

    async def _wait(self, place: Place, ready_in_s: Callable[[], float], patience_s: float) -> None:
        (self.came if await place.turn(ready_in_s, patience_s) else self.left).append(place)

    async def settled(self, came: int) -> None:
        """So many have come, and after some more looks it is still so many."""
        await until(lambda: len(self.came) >= came)
        await asyncio.sleep(0.02)
        assert len(self.came) == came


async def test_a_key_that_is_back_gets_one_call_and_more_as_these_go_well() -> None:
    crowd = Crowd()
    crowd.join(1000)
    await asyncio.sleep(0.02)
    assert (len(crowd.came), len(crowd.lines)) == (0, 1000)
    crowd.wait_s = 0
    await crowd.settled(1)
    crowd.came[0].end(well=True)
    await crowd.settled(4)
    for place in crowd.came[1:]:
        place.end(well=True)
    await crowd.settled(13)
    numbers = [place.number for place in crowd.came]
    assert numbers == sorted(numbers) == list(range(13))  # the first in first


async def test_a_failure_takes_the_pace_back_to_one() -> None:
    crowd = Crowd(0)
    crowd.join(20)
    await crowd.settled(1)
    crowd.came[0].end(well=True)
    await crowd.settled(4)
    for place in crowd.came[1:]:
        place.end(well=False)
    await crowd.settled(5)


async def test_a_turn_that_found_nothing_says_nothing_and_its_call_keeps_its_place() -> None:
    crowd = Crowd(0)
    crowd.join(3)
    await crowd.settled(1)
    first = crowd.came.pop()
    first.end(well=None)
    again = asyncio.create_task(crowd._wait(first, lambda: crowd.wait_s, 30.0))
    await crowd.settled(1)
    assert crowd.came == [first]  # not the one that came after it
    assert again.done()


async def test_who_does_not_fail_for_a_while_is_taken_to_go_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line_module, "TRIAL_S", 0.01)
    crowd = Crowd(0)
    crowd.join(100)
    await until(lambda: len(crowd.came) == 100)


async def test_who_would_wait_in_vain_is_sent_away() -> None:
    crowd = Crowd(0.5)
    waiting = crowd.join(2, patience_s=5.0)
    await asyncio.sleep(0.01)
    assert not any(task.done() for task in waiting)
    crowd.wait_s = inf
    await asyncio.gather(*waiting)
    assert (len(crowd.came), len(crowd.left), len(crowd.lines)) == (0, 2, 0)


async def test_the_wait_is_bounded() -> None:
    crowd = Crowd(0)
    first, second = crowd.join(2, patience_s=0.05)
    await first
    crowd.wait_s = 0.001  # always about to be back
    await second
    assert (len(crowd.came), len(crowd.left)) == (1, 1)


@pytest.mark.parametrize("how", ["leave", "cancel"])
async def test_who_leaves_is_not_waited_for(how: str) -> None:
    crowd = Crowd()
    place = crowd.lines.place("m")
    leaving = asyncio.create_task(place.turn(lambda: 0.5, 30.0))
    await asyncio.sleep(0.01)
    (other,) = crowd.join()
    await asyncio.sleep(0)
    if how == "leave":
        place.leave()
        assert await leaving is False
    else:
        leaving.cancel()
        await asyncio.wait({leaving})
    assert len(crowd.lines) == 1
    crowd.wait_s = 0
    await other
    assert crowd.lines.open == {}


async def test_who_is_cancelled_as_its_turn_comes_holds_nobody_up() -> None:
    crowd = Crowd(0)
    place = crowd.lines.place("m")

    def ready_in_s() -> float:
        asyncio.get_running_loop().call_soon(task.cancel)
        return 0.0

    task = asyncio.create_task(place.turn(ready_in_s, 30.0))
    await asyncio.sleep(0)
    (other,) = crowd.join()
    await asyncio.wait({task})
    place.end(well=None)
    await other
    assert len(crowd.came) == 1


async def test_those_in_front_who_can_use_nothing_hold_up_only_so_many_others() -> None:
    crowd = Crowd(0)
    stuck = [crowd.lines.place("m") for _ in range(line_module.LOOKS_MAX - 1)]
    waiting = [asyncio.create_task(place.turn(lambda: 0.5, 30.0)) for place in stuck]
    (free,) = crowd.join()
    await free
    assert len(crowd.came) == 1
    for place in stuck:
        place.leave()
    assert await asyncio.gather(*waiting) == [False] * len(stuck)


async def test_lines_of_other_models_do_not_wait_for_each_other() -> None:
    lines = Lines()
    held_up = asyncio.create_task(lines.place("slow").turn(lambda: 0.5, 30.0))
    assert await lines.place("m").turn(lambda: 0.0, 30.0)
    assert list(lines.open) == ["slow"]
    held_up.cancel()
    await asyncio.wait({held_up})


async def test_a_turn_that_ends_after_its_line_has_closed_leaves_the_next_line_alone() -> None:
    crowd = Crowd(0)
    crowd.join()
    await crowd.settled(1)
    assert crowd.lines.open == {}
    crowd.wait_s = 0.5
    crowd.join()
    await asyncio.sleep(0.01)
    crowd.came[0].end(well=True)
    crowd.came[0].end(well=True)  # twice is once
    assert len(crowd.lines) == 1
    crowd.wait_s = 0
    await crowd.settled(2)
