import asyncio
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waystation.adapters import limiter as limiter_module
from waystation.adapters.limiter import MemoryLimiter, MemoryPass, MemoryQueued
from waystation.limits.gauge import WINDOW_TICKS
from waystation.ports import Waiting
from waystation.wire.limit import Bound, Bounds, EntryOrder, Limit, Limited


class World:
    """A limiter with a clock that is moved by hand."""

    def __init__(self) -> None:
        self.at = 100.0
        self.limiter = MemoryLimiter(lambda: self.at)

    async def enter(self, bounds: Bounds, tokens: int = 0) -> MemoryPass | Limited | Waiting:
        return await self.limiter.enter(EntryOrder("call_1", bounds, tokens, self.at + 60))

    async def get_in(self, bounds: Bounds, tokens: int = 0) -> MemoryPass:
        answer = await self.enter(bounds, tokens)
        assert isinstance(answer, MemoryPass), answer
        return answer

    async def wait(self, bounds: Bounds, tokens: int = 0) -> MemoryQueued:
        answer = await self.enter(bounds, tokens)
        assert isinstance(answer, Waiting), answer
        assert isinstance(answer.place, MemoryQueued)
        return answer.place

    def slots(self, bound_id: str) -> int:
        """How many of a limit's slots are taken."""
        gauge = self.limiter._gauges[bound_id]
        assert gauge.bound.limit.concurrency is not None
        return gauge.bound.limit.concurrency - gauge.slots


def bounds(**limits: Limit) -> Bounds:
    each = tuple(Bound(name, "organization", f"organization {name!r}", limit) for name, limit in limits.items())
    return Bounds(each, any(limit.tpm is not None for limit in limits.values()))


def queued(concurrency: int = 1, queue: int = 5, queue_s: float = 60) -> Limit:
    return Limit(concurrency=concurrency, queue=queue, queue_s=queue_s)  # type: ignore[arg-type]  # shorter than a second


async def test_a_limit_lets_in_what_it_says_and_again_when_its_window_is_over() -> None:
    world, limits = World(), bounds(acme=Limit(rpm=2))
    for _ in range(2):
        (await world.get_in(limits)).leave(None)
    world.at += 59.9
    refused = await world.enter(limits)
    assert isinstance(refused, Limited)
    assert (refused.bound.owner, refused.kind, refused.retry_after_s) == ("organization 'acme'", "requests", 1)
    world.at += 0.3
    assert (await world.get_in(limits)).rates.requests_left == 1


async def test_calls_of_several_bounds_count_in_the_limits_that_they_share() -> None:
    world = World()
    shared = Limit(rpm=3)
    await world.get_in(bounds(alice=Limit(rpm=1), acme=shared))
    await world.get_in(bounds(bob=Limit(rpm=9), acme=shared))
    assert isinstance(await world.enter(bounds(alice=Limit(rpm=1), acme=shared)), Limited)
    assert (await world.get_in(bounds(carol=Limit(rpm=9), acme=shared))).rates.requests_left == 0


async def test_a_slot_is_given_back_once() -> None:
    world, limits = World(), bounds(acme=Limit(concurrency=2, tpm=100))
    first, second = await world.get_in(limits, 10), await world.get_in(limits, 10)
    assert isinstance(await world.enter(limits, 10), Limited)
    first.leave(5)
    first.leave(5)
    first.undo()
    assert world.slots("acme") == 1
    assert (await world.get_in(limits, 10)).rates.tokens_left == 75
    second.undo()
    second.leave(0)
    assert world.slots("acme") == 1


async def test_without_a_bill_the_reservation_counts() -> None:
    world, limits = World(), bounds(acme=Limit(tpm=100))
    (await world.get_in(limits, 60)).leave(None)
    assert (await world.get_in(limits, 10)).rates.tokens_left == 30


async def test_tokens_of_calls_that_nobody_meters_are_not_counted() -> None:
    world, limits = World(), bounds(acme=Limit(rpm=5))
    (await world.get_in(limits)).leave(10**9)
    assert world.limiter._gauges["acme"].tokens > 10**15


async def test_a_call_waits_for_a_slot_and_gets_it() -> None:
    world, limits = World(), bounds(acme=queued())
    under_way = await world.get_in(limits)
    place = await world.wait(limits)
    waiting = asyncio.ensure_future(place.outcome())
    await asyncio.sleep(0)
    assert (world.limiter.waiting, waiting.done()) == (1, False)
    under_way.leave(None)
    entry = await waiting
    assert isinstance(entry, MemoryPass)
    assert (world.limiter.waiting, world.slots("acme")) == (0, 1)
    place.leave()  # too late: it is let in
    assert world.slots("acme") == 1


async def test_first_in_first_out_and_a_newcomer_waits_too() -> None:
    world, limits = World(), bounds(acme=queued())
    entry = await world.get_in(limits)
    order: list[int] = []

    async def call(number: int, place: MemoryQueued) -> None:
        entry = await place.outcome()
        order.append(number)
        assert isinstance(entry, MemoryPass)
        await asyncio.sleep(0)
        entry.leave(None)

    calls = [asyncio.ensure_future(call(number, await world.wait(limits))) for number in range(3)]
    entry.leave(None)
    calls.append(asyncio.ensure_future(call(3, await world.wait(limits))))
    await asyncio.gather(*calls)
    assert order == [0, 1, 2, 3]
    assert world.slots("acme") == 0


async def test_a_queue_has_an_end() -> None:
    world, limits = World(), bounds(acme=queued(queue=1))
    await world.get_in(limits)
    place = await world.wait(limits)
    refused = await world.enter(limits)
    assert isinstance(refused, Limited)
    assert (refused.kind, refused.waited, refused.retry_after_s) == ("concurrency", False, 1)
    place.leave()
    await world.wait(limits)


async def test_who_has_waited_long_enough_is_refused() -> None:
    world, limits = World(), bounds(acme=queued(queue_s=0.01))
    under_way = await world.get_in(limits)
    outcome = await (await world.wait(limits)).outcome()
    assert isinstance(outcome, Limited)
    assert (outcome.kind, outcome.waited, world.limiter.waiting) == ("concurrency", True, 0)
    under_way.leave(None)
    assert world.slots("acme") == 0


async def test_who_leaves_the_queue_is_not_let_in_and_the_next_is() -> None:
    world, limits = World(), bounds(acme=queued())
    under_way = await world.get_in(limits)
    first, second = await world.wait(limits), await world.wait(limits)
    first.leave()
    under_way.leave(None)
    assert await first.outcome() is None
    assert isinstance(await second.outcome(), MemoryPass)
    assert world.slots("acme") == 1


async def test_who_leaves_when_it_was_just_let_in_gives_its_slot_to_the_next() -> None:
    world, limits = World(), bounds(acme=Limit(rpm=3, concurrency=1, queue=5, queue_s=60))
    under_way = await world.get_in(limits)
    first, second = await world.wait(limits), await world.wait(limits)
    waiting = [asyncio.ensure_future(place.outcome()) for place in (first, second)]
    await asyncio.sleep(0)
    under_way.leave(None)
    first.leave()
    first.leave()
    assert await waiting[0] is None
    assert isinstance(await waiting[1], MemoryPass)
    assert world.slots("acme") == 1
    assert world.limiter._gauges["acme"].requests == 1  # the first was never let in


@pytest.mark.parametrize("granted", [False, True])
async def test_who_is_cancelled_in_the_queue_has_left_it(granted: bool) -> None:
    world, limits = World(), bounds(acme=queued())
    under_way = await world.get_in(limits)
    waiting = asyncio.ensure_future((await world.wait(limits)).outcome())
    await asyncio.sleep(0)
    if granted:
        under_way.leave(None)
        waiting.cancel()
    else:
        waiting.cancel()
        under_way.leave(None)  # before the cancelled one has heard of it
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert (world.limiter.waiting, world.slots("acme")) == (0, 0)


async def test_who_finds_another_limit_s_slots_taken_waits_there_in_the_order_of_arrival() -> None:
    world = World()
    token, org = queued(), queued(concurrency=2)
    both = bounds(alice=token, acme=org)
    mine = await world.get_in(both)
    early = await world.wait(both)  # in the token's queue
    other = await world.get_in(bounds(acme=org))
    late = await world.wait(bounds(acme=org))
    third = await world.wait(bounds(acme=org))
    mine.leave(None)  # both limits have a slot: the token's queue is asked first
    assert isinstance(await early.outcome(), MemoryPass)
    other.leave(None)
    entry = await late.outcome()
    assert isinstance(entry, MemoryPass)
    again = await world.wait(both)
    entry.leave(None)
    assert isinstance(await third.outcome(), MemoryPass)
    assert (world.slots("alice"), world.slots("acme"), world.limiter.waiting) == (1, 2, 1)
    again.leave()


async def test_from_one_queue_into_the_next() -> None:
    world = World()
    token, org = queued(), queued()
    both, wide = bounds(alice=token, acme=org), bounds(acme=org)
    alone = bounds(alice=token)
    mine = await world.get_in(alone)
    early = await world.wait(both)  # for the token's slot
    other = await world.get_in(wide)
    late = await world.wait(wide)
    mine.leave(None)  # the organization's is taken: on to that queue, before who came later
    assert world.limiter.waiting == 2
    other.leave(None)
    outcome = await early.outcome()
    assert isinstance(outcome, MemoryPass)
    assert world.limiter.waiting == 1
    outcome.leave(None)
    assert isinstance(await late.outcome(), MemoryPass)


async def test_who_comes_to_a_full_queue_from_another_one_is_refused() -> None:
    world = World()
    token, org = queued(), queued(queue=0)
    mine = await world.get_in(bounds(alice=token))
    place = await world.wait(bounds(alice=token, acme=org))
    await world.get_in(bounds(acme=org))
    mine.leave(None)
    outcome = await place.outcome()
    assert isinstance(outcome, Limited)
    assert (outcome.bound.id, world.slots("alice")) == ("acme", 0)


async def test_who_finds_no_room_in_one_of_two_queues_does_not_wait_in_the_other() -> None:
    world = World()
    both = bounds(alice=queued(), acme=Limit(concurrency=1))
    await world.get_in(both)
    refused = await world.enter(both)
    assert isinstance(refused, Limited)
    assert world.limiter.waiting == 0


async def test_a_rate_that_is_reached_meanwhile_refuses_who_waited() -> None:
    world = World()
    limits = bounds(acme=Limit(rpm=1, concurrency=1, queue=5, queue_s=60))
    wide = bounds(acme=Limit(rpm=2, concurrency=1, queue=5, queue_s=60))
    under_way = await world.get_in(wide)
    place = await world.wait(wide)
    await world.enter(limits)  # it is cut to one call a minute
    under_way.leave(None)
    outcome = await place.outcome()
    assert isinstance(outcome, Limited)
    assert (outcome.kind, outcome.waited) == ("requests", False)


async def test_a_limit_that_is_raised_lets_in_who_waits() -> None:
    world = World()
    await world.get_in(bounds(acme=queued()))
    place = await world.wait(bounds(acme=queued()))
    newcomer = await world.wait(bounds(acme=queued(concurrency=2)))
    assert isinstance(await place.outcome(), MemoryPass)
    assert world.slots("acme") == 2
    newcomer.leave()


async def test_what_nobody_would_miss_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limiter_module, "CHAINS_MAX", 2)
    world = World()
    (await world.get_in(bounds(old=Limit(rpm=5)))).leave(None)
    await world.get_in(bounds(busy=Limit(concurrency=5)))
    world.at += (WINDOW_TICKS + 1) / 10
    (await world.get_in(bounds(acme=Limit(rpm=5)))).leave(None)
    assert set(world.limiter._gauges) == {"busy", "acme"}
    assert (len(world.limiter._chains), world.slots("busy")) == (1, 1)


@given(
    seed=st.integers(0, 2**32),
    concurrency=st.tuples(st.integers(1, 4), st.integers(1, 4)),
    queue=st.tuples(st.integers(0, 4), st.integers(0, 4)),
    rpm=st.integers(1, 40),
)
def test_however_calls_come_wait_and_leave_no_slot_is_lost(
    seed: int, concurrency: tuple[int, int], queue: tuple[int, int], rpm: int
) -> None:
    """Sixty calls of three owners at once: they wait, hang up, are cancelled, fail; two limits are shared.

    Never are more under way than a limit allows, and nobody waits while there is room.
    """
    asyncio.run(_crowd(random.Random(seed), concurrency, queue, rpm))


async def _crowd(dice: random.Random, concurrency: tuple[int, int], queue: tuple[int, int], rpm: int) -> None:
    world = World()
    acme = Limit(rpm=rpm, concurrency=concurrency[0], queue=queue[0], queue_s=60)
    model = Limit(tpm=10_000, concurrency=concurrency[1], queue=queue[1], queue_s=60)
    kinds = (bounds(acme=acme, model=model), bounds(acme=acme), bounds(model=model))
    under_way = {"acme": 0, "model": 0}
    admitted = 0

    async def call() -> None:
        nonlocal admitted
        await asyncio.sleep(dice.random() / 1000)
        which = dice.choice(kinds)
        answer = await world.enter(which, 100)
        if isinstance(answer, Waiting):
            assert isinstance(answer.place, MemoryQueued)
            if dice.random() < 0.2:
                asyncio.get_running_loop().call_later(dice.random() / 1000, answer.place.leave)
            outcome = await answer.place.outcome()
            if outcome is None:
                return
            answer = outcome
        if isinstance(answer, Limited):
            return
        for bound in which.each:
            under_way[bound.id] += 1
            assert under_way[bound.id] <= (bound.limit.concurrency or 0)
        admitted += any(bound.id == "acme" for bound in which.each)
        try:
            await asyncio.sleep(dice.random() / 1000)
        finally:
            for bound in which.each:
                under_way[bound.id] -= 1
            answer.leave(dice.choice((None, 0, 50, 200)))

    calls = [asyncio.ensure_future(call()) for _ in range(60)]
    for doomed in dice.sample(calls, 6):
        asyncio.get_running_loop().call_later(dice.random() / 1000, doomed.cancel)
    outcomes = await asyncio.gather(*calls, return_exceptions=True)
    assert all(one is None or isinstance(one, asyncio.CancelledError) for one in outcomes), outcomes
    assert admitted <= rpm
    assert world.limiter.waiting == 0
    for gauge in world.limiter._gauges.values():
        assert world.slots(gauge.bound.id) == 0
