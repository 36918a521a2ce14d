"""What every limiter must do, as one suite: a limiter's test file inherits it and says how to make its world."""

import asyncio
import random
from collections.abc import Callable
from typing import Protocol

import pytest

from waystation.ports import Limiter, Pass, Queued, Waiting
from waystation.wire.limit import Bound, Bounds, EntryOrder, Limit, Limited


class World(Protocol):
    """A limiter, and what can be seen of it from outside."""

    @property
    def limiter(self) -> Limiter: ...

    @property
    def waiting(self) -> int: ...

    async def pass_time(self, seconds: float) -> None:
        """Make what was counted so much older."""
        ...

    async def slots(self, bound_id: str) -> int:
        """How many of a limit's slots are taken."""
        ...


async def enter(world: World, bounds: Bounds, tokens: int = 0) -> Pass | Limited | Waiting:
    return await world.limiter.enter(EntryOrder(bounds, tokens))


async def get_in(world: World, bounds: Bounds, tokens: int = 0) -> Pass:
    answer = await enter(world, bounds, tokens)
    assert not isinstance(answer, Limited | Waiting), answer
    return answer


async def refused(world: World, bounds: Bounds, tokens: int = 0) -> Limited:
    answer = await enter(world, bounds, tokens)
    assert isinstance(answer, Limited), answer
    return answer


async def wait(world: World, bounds: Bounds, tokens: int = 0) -> Queued:
    answer = await enter(world, bounds, tokens)
    assert isinstance(answer, Waiting), answer
    return answer.place


async def let_in(place: Queued) -> Pass:
    answer = await place.outcome()
    assert answer is not None
    assert not isinstance(answer, Limited), answer
    return answer


def bounds(**limits: Limit) -> Bounds:
    each = tuple(Bound(name, "organization", f"organization {name!r}", limit) for name, limit in limits.items())
    return Bounds(each, any(limit.tpm is not None for limit in limits.values()))


def queued(concurrency: int = 1, queue: int = 5, queue_s: float = 60) -> Limit:
    return Limit(concurrency=concurrency, queue=queue, queue_s=queue_s)  # type: ignore[arg-type]  # shorter than a second


class LimiterContract:
    async def test_a_limit_lets_in_what_it_says_and_again_when_its_window_is_over(self, world: World) -> None:
        limits = bounds(acme=Limit(rpm=2))
        for _ in range(2):
            (await get_in(world, limits)).leave(None)
        await world.pass_time(50.0)
        answer = await refused(world, limits)
        assert (answer.bound.owner, answer.kind, answer.left) == ("organization 'acme'", "requests", 0)
        assert answer.retry_after_s in {10, 11}
        assert 9_000 < answer.rates.requests_reset_ms <= 10_100
        await world.pass_time(10.2)
        assert (await get_in(world, limits)).rates.requests_left == 1

    async def test_what_was_let_in_early_makes_room_before_what_was_let_in_late(self, world: World) -> None:
        limits = bounds(acme=Limit(rpm=2, tpm=100))
        await get_in(world, limits, 60)
        await world.pass_time(40.0)
        await get_in(world, limits, 20)
        first = await refused(world, limits, 50)
        assert (first.kind, first.retry_after_s in {20, 21}, first.left) == ("requests", True, 0)
        assert first.rates.tokens_left == 20
        assert 59_000 < first.rates.tokens_reset_ms <= 60_000
        await world.pass_time(20.2)
        again = await get_in(world, limits, 50)
        assert (again.rates.requests_left, again.rates.tokens_left) == (0, 30)

    async def test_rates_are_of_the_limits_with_the_least_left(self, world: World) -> None:
        wide, narrow = Limit(rpm=10, tpm=100), Limit(rpm=3, tpm=1_000)
        rates = (await get_in(world, bounds(alice=narrow, acme=wide), 30)).rates
        assert (rates.requests_max, rates.requests_left, rates.requests_reset_ms) == (3, 2, 60_000)
        assert (rates.tokens_max, rates.tokens_left, rates.tokens_reset_ms) == (100, 70, 60_000)

    async def test_what_is_not_limited_has_no_rate(self, world: World) -> None:
        rates = (await get_in(world, bounds(acme=Limit(concurrency=2)))).rates
        assert (rates.requests_max, rates.tokens_max) == (None, None)
        assert (await get_in(world, bounds(acme=Limit(rpm=7)))).rates.tokens_max is None

    async def test_a_call_larger_than_the_limit_never_fits(self, world: World) -> None:
        answer = await refused(world, bounds(alice=Limit(rpm=5), acme=Limit(tpm=100)), 101)
        assert (answer.bound.id, answer.kind, answer.retry_after_s) == ("acme", "tokens", None)
        assert (answer.left, answer.rates.requests_left, answer.rates.requests_reset_ms) == (100, 5, 0)

    async def test_who_is_refused_by_one_limit_has_taken_nothing_of_the_others(self, world: World) -> None:
        open_one, full = Limit(rpm=5, tpm=100, concurrency=5), Limit(rpm=1)
        await get_in(world, bounds(full=full))
        await refused(world, bounds(acme=open_one, full=full), 40)
        rates = (await get_in(world, bounds(acme=open_one), 10)).rates
        assert (rates.requests_left, rates.tokens_left, await world.slots("acme")) == (4, 90, 1)

    async def test_it_is_told_of_the_limit_that_takes_longest(self, world: World) -> None:
        await get_in(world, bounds(early=Limit(rpm=1)))
        await world.pass_time(30.0)
        await get_in(world, bounds(late=Limit(rpm=1)))
        answer = await refused(world, bounds(early=Limit(rpm=1), late=Limit(rpm=1), full=Limit(concurrency=0)))
        assert (answer.bound.id, answer.retry_after_s) == ("late", 60)

    async def test_calls_of_several_bounds_count_in_the_limits_that_they_share(self, world: World) -> None:
        shared = Limit(rpm=3)
        await get_in(world, bounds(alice=Limit(rpm=1), acme=shared))
        await get_in(world, bounds(bob=Limit(rpm=9), acme=shared))
        await refused(world, bounds(alice=Limit(rpm=1), acme=shared))
        assert (await get_in(world, bounds(carol=Limit(rpm=9), acme=shared))).rates.requests_left == 0

    async def test_names_of_limits_may_be_anything(self, world: World) -> None:
        odd = Bounds(
            (Bound("研发:{a} %s\n\0", "department", "研发", Limit(rpm=1, concurrency=1, queue=1)),), metered=False
        )
        (await get_in(world, odd)).leave(None)
        assert (await refused(world, odd)).bound.owner == "研发"

    async def test_a_slot_is_given_back_once(self, world: World) -> None:
        limits = bounds(acme=Limit(concurrency=2, tpm=100))
        first, second = await get_in(world, limits, 10), await get_in(world, limits, 10)
        await refused(world, limits, 10)
        first.leave(5)
        first.leave(5)
        assert await world.slots("acme") == 1
        assert (await get_in(world, limits, 10)).rates.tokens_left == 75
        second.leave(0)
        second.leave(0)
        assert await world.slots("acme") == 1

    async def test_without_a_bill_the_reservation_counts(self, world: World) -> None:
        limits = bounds(acme=Limit(tpm=100))
        (await get_in(world, limits, 60)).leave(None)
        assert (await get_in(world, limits, 10)).rates.tokens_left == 30

    async def test_what_is_given_back_goes_to_the_time_when_it_was_taken(self, world: World) -> None:
        limits = bounds(acme=Limit(tpm=100))
        under_way = await get_in(world, limits, 60)
        await world.pass_time(30)
        under_way.leave(10)
        assert (await get_in(world, limits, 10)).rates.tokens_left == 80
        await world.pass_time(30.2)
        assert (await get_in(world, limits, 10)).rates.tokens_left == 80

    async def test_what_was_used_beyond_the_reservation_counts_from_then_on(self, world: World) -> None:
        limits = bounds(acme=Limit(tpm=100))
        under_way = await get_in(world, limits, 10)
        await world.pass_time(70)
        under_way.leave(150)
        answer = await refused(world, limits, 10)
        assert (answer.kind, answer.left, answer.retry_after_s in {60, 61}) == ("tokens", 0, True)
        await world.pass_time(60.2)
        assert (await get_in(world, limits, 10)).rates.tokens_left == 90

    async def test_a_bill_that_comes_after_its_window_gives_nothing_back(self, world: World) -> None:
        limits = bounds(acme=Limit(tpm=100, rpm=5))
        under_way = await get_in(world, limits, 60)
        await world.pass_time(61)
        await get_in(world, limits, 20)
        under_way.leave(0)
        assert (await get_in(world, limits, 10)).rates.tokens_left == 70

    async def test_tokens_of_calls_that_nobody_meters_are_not_counted(self, world: World) -> None:
        (await get_in(world, bounds(acme=Limit(rpm=5)))).leave(10**9)
        assert (await get_in(world, bounds(acme=Limit(rpm=5, tpm=100)), 10)).rates.tokens_left <= 90

    async def test_a_limit_that_is_changed_counts_on(self, world: World) -> None:
        await get_in(world, bounds(acme=Limit(rpm=5, tpm=100)), 10)
        assert (await get_in(world, bounds(acme=Limit(rpm=9, tpm=50)), 10)).rates.requests_left == 7
        answer = await refused(world, bounds(acme=Limit(rpm=2, tpm=50)))
        assert (answer.kind, answer.left) == ("requests", 0)

    async def test_a_call_waits_for_a_slot_and_gets_it(self, world: World) -> None:
        limits = bounds(acme=queued())
        under_way = await get_in(world, limits)
        place = await wait(world, limits)
        waiting = asyncio.ensure_future(place.outcome())
        await asyncio.sleep(0)
        assert (world.waiting, waiting.done()) == (1, False)
        under_way.leave(None)
        entry = await waiting
        assert entry is not None
        assert not isinstance(entry, Limited)
        assert (world.waiting, await world.slots("acme")) == (0, 1)
        place.leave()  # too late: it is let in
        assert await world.slots("acme") == 1

    async def test_first_in_first_out_and_a_newcomer_waits_too(self, world: World) -> None:
        limits = bounds(acme=queued())
        entry = await get_in(world, limits)
        order: list[int] = []

        async def call(number: int, place: Queued) -> None:
            entry = await let_in(place)
            order.append(number)
            await asyncio.sleep(0)
            entry.leave(None)

        calls = [asyncio.ensure_future(call(number, await wait(world, limits))) for number in range(3)]
        late = asyncio.ensure_future(call(3, await wait(world, limits)))
        entry.leave(None)
        await asyncio.gather(*calls, late)
        assert order == [0, 1, 2, 3]
        assert await world.slots("acme") == 0

    async def test_a_queue_has_an_end(self, world: World) -> None:
        limits = bounds(acme=queued(queue=1))
        await get_in(world, limits)
        place = await wait(world, limits)
        answer = await refused(world, limits)
        assert (answer.kind, answer.waited, answer.retry_after_s) == ("concurrency", False, 1)
        place.leave()
        (await wait(world, limits)).leave()

    async def test_who_has_waited_long_enough_is_refused(self, world: World) -> None:
        limits = bounds(acme=queued(queue_s=0.01))
        under_way = await get_in(world, limits)
        outcome = await (await wait(world, limits)).outcome()
        assert isinstance(outcome, Limited)
        assert (outcome.kind, outcome.waited, outcome.left, world.waiting) == ("concurrency", True, 0, 0)
        under_way.leave(None)
        assert await world.slots("acme") == 0

    async def test_who_leaves_the_queue_is_not_let_in_and_the_next_is(self, world: World) -> None:
        limits = bounds(acme=queued())
        under_way = await get_in(world, limits)
        first, second = await wait(world, limits), await wait(world, limits)
        first.leave()
        first.leave()
        under_way.leave(None)
        assert await first.outcome() is None
        await let_in(second)
        assert await world.slots("acme") == 1

    async def test_who_leaves_when_a_slot_is_free_gives_it_to_the_next(self, world: World) -> None:
        limits = bounds(acme=Limit(rpm=3, concurrency=1, queue=5, queue_s=60))
        under_way = await get_in(world, limits)
        first, second = await wait(world, limits), await wait(world, limits)
        waiting = [asyncio.ensure_future(place.outcome()) for place in (first, second)]
        await asyncio.sleep(0)
        under_way.leave(None)
        first.leave()
        first.leave()
        assert await waiting[0] is None
        entry = await waiting[1]
        assert entry is not None
        assert not isinstance(entry, Limited)
        assert entry.rates.requests_left == 1  # the first was never let in
        assert await world.slots("acme") == 1

    @pytest.mark.parametrize("freed", [False, True])
    async def test_who_is_cancelled_in_the_queue_has_left_it(self, world: World, freed: bool) -> None:
        limits = bounds(acme=queued())
        under_way = await get_in(world, limits)
        waiting = asyncio.ensure_future((await wait(world, limits)).outcome())
        await asyncio.sleep(0)
        steps: tuple[Callable[[], object], ...] = (lambda: under_way.leave(None), waiting.cancel)
        for step in steps if freed else reversed(steps):
            step()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert (world.waiting, await world.slots("acme")) == (0, 0)

    async def test_who_is_cancelled_before_it_knows_holds_nothing(self, world: World) -> None:
        limits = bounds(acme=Limit(rpm=5, concurrency=1, queue=5, queue_s=60))
        asking = [asyncio.ensure_future(enter(world, limits)) for _ in range(3)]
        await asyncio.sleep(0)
        for one in asking:
            one.cancel()
        for outcome in await asyncio.gather(*asking, return_exceptions=True):
            if isinstance(outcome, Waiting):
                outcome.place.leave()
            elif not isinstance(outcome, BaseException | Limited):
                outcome.leave(0)
        assert await world.slots("acme") == 0
        (await get_in(world, limits)).leave(0)

    async def test_who_waits_for_one_limit_s_slot_does_not_keep_another_s_from_others(self, world: World) -> None:
        token, org = queued(), queued(concurrency=2)
        both = bounds(alice=token, acme=org)
        mine = await get_in(world, both)
        early = await wait(world, both)  # in the token's queue
        other = await get_in(world, bounds(acme=org))
        late = await wait(world, bounds(acme=org))
        other.leave(None)  # the token's place is still taken
        entry = await let_in(late)
        mine.leave(None)
        await let_in(early)
        again = await wait(world, both)
        third = await wait(world, bounds(acme=org))
        entry.leave(None)
        await let_in(third)
        assert (await world.slots("alice"), await world.slots("acme"), world.waiting) == (1, 2, 1)
        again.leave()

    async def test_from_one_queue_into_the_next(self, world: World) -> None:
        token, org = queued(), queued()
        both, wide, alone = bounds(alice=token, acme=org), bounds(acme=org), bounds(alice=token)
        mine = await get_in(world, alone)
        early = asyncio.ensure_future(let_in(await wait(world, both)))  # for the token's slot
        other = await get_in(world, wide)
        late = asyncio.ensure_future(let_in(await wait(world, wide)))
        mine.leave(None)  # the organization's is taken: on to that queue, before who came later
        await world.slots("alice")
        other.leave(None)
        outcome = await early
        assert world.waiting == 1
        outcome.leave(None)
        await late

    async def test_who_comes_to_a_full_queue_from_another_one_is_refused(self, world: World) -> None:
        token, org = queued(), queued(queue=0)
        mine = await get_in(world, bounds(alice=token))
        place = await wait(world, bounds(alice=token, acme=org))
        await get_in(world, bounds(acme=org))
        mine.leave(None)
        outcome = await place.outcome()
        assert isinstance(outcome, Limited)
        assert (outcome.bound.id, outcome.waited, await world.slots("alice")) == ("acme", False, 0)

    async def test_who_finds_no_room_in_one_of_two_queues_does_not_wait_in_the_other(self, world: World) -> None:
        both = bounds(alice=queued(), acme=Limit(concurrency=1))
        await get_in(world, both)
        await refused(world, both)
        assert world.waiting == 0

    async def test_a_rate_that_is_reached_meanwhile_refuses_who_waited(self, world: World) -> None:
        wide = bounds(acme=Limit(rpm=2, concurrency=1, queue=5, queue_s=60))
        under_way = await get_in(world, wide)
        place = await wait(world, wide)
        await refused(world, bounds(acme=Limit(rpm=1, concurrency=1, queue=5, queue_s=60)))  # it is cut
        under_way.leave(None)
        outcome = await place.outcome()
        assert isinstance(outcome, Limited)
        assert (outcome.kind, outcome.waited) == ("requests", False)

    async def test_a_limit_that_is_raised_lets_in_who_waits(self, world: World) -> None:
        await get_in(world, bounds(acme=queued()))
        place = await wait(world, bounds(acme=queued()))
        newcomer = await wait(world, bounds(acme=queued(concurrency=2)))
        await let_in(place)
        assert await world.slots("acme") == 2
        newcomer.leave()

    @pytest.mark.parametrize("seed", range(5))
    async def test_however_calls_come_wait_and_leave_no_slot_is_lost(self, world: World, seed: int) -> None:
        """Sixty calls of three owners at once: they wait, hang up, are cancelled, fail; two limits are shared.

        Never are more under way than a limit allows, and nobody waits while there is room.
        """
        dice = random.Random(seed)
        await crowd(
            world,
            dice,
            Limit(rpm=dice.randint(1, 40), concurrency=dice.randint(1, 4), queue=dice.randint(0, 4), queue_s=60),
            Limit(tpm=10_000, concurrency=dice.randint(1, 4), queue=dice.randint(0, 4), queue_s=60),
        )


async def crowd(world: World, dice: random.Random, acme: Limit, model: Limit) -> None:
    kinds = (bounds(acme=acme, model=model), bounds(acme=acme), bounds(model=model))
    under_way = {"acme": 0, "model": 0}
    admitted = 0

    async def call() -> None:
        nonlocal admitted
        await asyncio.sleep(dice.random() / 1000)
        which = dice.choice(kinds)
        answer = await enter(world, which, 100)
        if isinstance(answer, Waiting):
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
    assert admitted <= (acme.rpm or 0)
    assert world.waiting == 0
    assert (await world.slots("acme"), await world.slots("model")) == (0, 0)
