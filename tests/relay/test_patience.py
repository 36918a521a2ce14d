import asyncio
from math import inf

import pytest

from tests.relay.world import TOTAL_S, Scene, refused, scene, until
from waystation.relay.call import Call, Pin
from waystation.relay.patience import Patience, line_of, ready_in_s
from waystation.relay.tally import Tally
from waystation.routing.strategy import Plan, plan
from waystation.wire.catalogue import Ceilings
from waystation.wire.errors import CallerGone

BODY = {"model": "m", "messages": [{"role": "user", "content": "Hello!"}]}


def routes(at: Scene) -> Plan:
    return plan(at.board.served["m"], "openai.chat", at.clock.draw)


def bench(at: Scene, told_s: float | None) -> None:
    """Every key of every route has met a rate limit."""
    for pool in at.board.pools.values():
        for route in routes(at):
            while (lease := pool.lease(route.model, at.clock.at)) is not None:
                lease.fail("limited", at.clock.at, told_s, "429")
                lease.end()


def stay(at: Scene, call: Call, *, wait_s: float) -> "asyncio.Task[bool]":
    patience = Patience(at.clock, wait_s=wait_s)
    return asyncio.create_task(patience.stay(call, Tally(at.clock.monotonic), at.caller).turn(routes(at)))


async def test_a_wait_that_is_known_to_be_too_long_is_not_begun() -> None:
    at = scene(keys=1)
    bench(at, 7.0)
    assert await stay(at, at.call(), wait_s=6.9) is False


async def test_a_key_that_is_back_in_time_is_waited_for() -> None:
    at = scene(upstreams=2)
    bench(at, 7.0)
    turn = stay(at, at.call(), wait_s=7.5)
    await asyncio.sleep(0.1)
    assert not turn.done()
    at.clock.at += 7.0
    assert await turn is True


@pytest.mark.parametrize("wait_s", [0.0, 600.0])
async def test_nobody_waits_past_its_own_time_or_where_waiting_is_off(wait_s: float) -> None:
    at = scene(keys=1)
    bench(at, 1.0)
    call = at.call()
    at.clock.at += 0.0 if wait_s == 0 else TOTAL_S - 0.5
    bench(at, 1.0)
    assert await stay(at, call, wait_s=wait_s) is False


async def test_a_caller_who_hangs_up_leaves_at_once() -> None:
    at = scene(keys=1)
    bench(at, 5.0)
    patience = Patience(at.clock, wait_s=60)
    tally = Tally(at.clock.monotonic)
    turn = asyncio.create_task(patience.stay(at.call(), tally, at.caller).turn(routes(at)))
    await until(lambda: len(patience.lines) == 1)
    at.clock.at += 1
    at.caller.hang_up()
    with pytest.raises(CallerGone):
        await turn
    assert (len(patience.lines), tally.waited_s) == (0, 1)


async def test_who_has_hung_up_before_does_not_wait() -> None:
    at = scene(keys=1)
    bench(at, 5.0)
    at.caller.hang_up()
    with pytest.raises(CallerGone):
        await stay(at, at.call(), wait_s=60)


async def test_a_call_too_large_for_what_is_left_is_not_called_for_it() -> None:
    at = scene(keys=1)
    at.limit(Ceilings(tpm=1_000))
    lease = at.board.pools["up_0"].lease("m-0", at.clock.at, (), 10, 600)
    assert lease is not None
    now = at.clock.at
    assert ready_in_s(at.call(max_tokens=100), routes(at), now) == 0
    assert ready_in_s(at.call(max_tokens=900), routes(at), now) > 50


async def test_a_call_that_needs_one_key_waits_for_that_one_alone() -> None:
    at = scene(refused(429), keys=2)
    (one, other) = (health.key for health in at.board.pools["up_0"].healths().values())
    pinned = at.call_in("openai.chat", BODY, pin=Pin("up_0", one.fingerprint))
    lease = at.board.pools["up_0"].lease_of(one.fingerprint, "m-0", at.clock.at)
    assert lease is not None
    lease.fail("limited", at.clock.at, 5.0, "429")
    assert ready_in_s(pinned, routes(at), at.clock.at) == 5.0
    assert ready_in_s(at.call(), routes(at), at.clock.at) == 0.0
    assert line_of(pinned) != line_of(at.call()) == "m"
    gone = at.call_in("openai.chat", BODY, pin=Pin("up_0", "gone"))
    assert ready_in_s(gone, routes(at), at.clock.at) == inf
    assert other.fingerprint not in line_of(pinned)
