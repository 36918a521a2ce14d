import asyncio
from contextlib import suppress
from dataclasses import replace

import msgspec
import pytest

from tests.relay.world import (
    DONE,
    VENDORS,
    Caller,
    Scene,
    ScriptedInbound,
    cost,
    delta,
    plain,
    refused,
    scene,
    stream,
    until,
    usage,
)
from waystation.ledger.price_book import Book
from waystation.relay.board import board_of
from waystation.wire.catalogue import Ceilings
from waystation.wire.errors import ConnectFailed, Truncated, UpstreamError, VendorRefusal
from waystation.wire.price import Price, Prices, PriceVersion
from waystation.wire.record import CallRecord
from waystation.wire.routing import Routing

SOON = Routing(strategy="least_in_flight", hedge_ms=10)
NEVER = Routing(strategy="least_in_flight", hedge_ms=600_000)


def good(text: str = "Hi") -> ScriptedInbound:
    return stream(delta(text), delta(finish="stop"), usage(7, 3), DONE)


def late(gate: asyncio.Event, text: str = "late") -> ScriptedInbound:
    """Answers once it may."""
    answer = good(text)
    answer._steps.appendleft(gate.wait)
    return answer


def hedging(*answers: ScriptedInbound | Exception, routing: Routing = SOON, upstreams: int = 2, **how: object) -> Scene:
    at = scene(*answers, upstreams=upstreams, **how)  # type: ignore[arg-type]  # by name
    at.route(routing)
    return at


def given_back(at: Scene) -> bool:
    """No call is under way on any route, and no key is on loan."""
    loads = [route.load for tier in at.board.served["m"].tiers for route in tier]
    quotas = [health.account.quota for pool in at.board.pools.values() for health in pool.healths().values()]
    counted = [load.in_flight for load in loads if load] + [quota.in_flight for quota in quotas if quota]
    return not any(counted)


async def test_a_late_stream_is_asked_of_the_next_route_and_the_first_first_byte_wins() -> None:
    slow = late(asyncio.Event())
    at = hedging(slow, good("quick"))
    record = await at.run(stream=True)
    assert at.caller.got == delta("quick") + delta(finish="stop") + DONE
    assert slow.closed
    assert [(one.upstream, one.fault) for one in record.attempts] == [("up0", "hedged"), ("up1", None)]
    assert (record.upstream, at.spent, record.amount_nanos) == ("up1", cost(7, 3), cost(7, 3))
    assert at.journal.count("post") == 1
    assert given_back(at)


async def test_the_first_route_may_still_win() -> None:
    gate, never = asyncio.Event(), asyncio.Event()
    second = late(never)
    at = hedging(late(gate, "first"), second)
    running = asyncio.create_task(at.run(stream=True))
    await until(lambda: len(at.transport.asked) == 2)
    gate.set()
    record = await running
    assert (record.upstream, second.closed) == ("up0", True)
    assert [(one.upstream, one.fault) for one in record.attempts] == [("up1", "hedged"), ("up0", None)]
    assert (at.spent, given_back(at)) == (cost(7, 3), True)


async def test_who_answers_in_time_is_asked_alone() -> None:
    at = hedging(good(), routing=NEVER)
    record = await at.run(stream=True)
    assert ([one.upstream for one in record.attempts], len(at.transport.asked)) == (["up0"], 1)
    assert given_back(at)


async def test_who_fails_before_that_is_followed_by_the_next_route_alone() -> None:
    at = hedging(refused(500), good(), routing=NEVER)
    record = await at.run(stream=True)
    assert [(one.upstream, one.fault) for one in record.attempts] == [("up0", "busy"), ("up1", None)]


async def test_two_first_bytes_at_one_moment_are_one_answer_and_one_bill() -> None:
    gate = asyncio.Event()
    one, other = late(gate), late(gate)
    at = hedging(one, other)
    running = asyncio.create_task(at.run(stream=True))
    await until(lambda: len(at.transport.asked) == 2)
    gate.set()
    record = await running
    assert [one.fault for one in record.attempts] == ["hedged", None]
    assert (at.spent, one.closed, other.closed, given_back(at)) == (cost(7, 3), True, True, True)


async def test_when_both_fail_the_call_does_and_both_are_told() -> None:
    gate = asyncio.Event()
    first = stream(gate.wait, Truncated("cut"))
    at = hedging(first, ConnectFailed("no"), ConnectFailed("no"), upstreams=2)
    running = asyncio.create_task(at.relay.run(at.call(stream=True), at.caller))
    await until(lambda: len(at.transport.asked) == 2)
    gate.set()
    with pytest.raises(UpstreamError):
        await running
    assert sorted(one.upstream for one in at.record.attempts) == ["up0", "up1", "up1"]
    assert (at.spent, at.record.outcome, given_back(at)) == (0, "failed", True)


async def test_the_caller_s_own_fault_ends_it_at_once() -> None:
    slow = late(asyncio.Event())
    at = hedging(slow, refused(400, code="context_length_exceeded"))
    with pytest.raises(VendorRefusal):
        await at.relay.run(at.call(stream=True), at.caller)
    assert (slow.closed, at.spent, given_back(at)) == (True, 0, True)


async def test_a_caller_who_leaves_takes_both_along() -> None:
    slow, other = late(asyncio.Event()), late(asyncio.Event())
    at = hedging(slow, other)
    running = asyncio.create_task(at.relay.run(at.call(stream=True), at.caller))
    await until(lambda: len(at.transport.asked) == 2)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert (slow.closed, other.closed, at.spent, given_back(at)) == (True, True, 0, True)


async def test_keys_of_both_sides_are_given_back() -> None:
    at = hedging(late(asyncio.Event()), good())
    ups = tuple(
        msgspec.structs.replace(up, priority=0, key_limits=Ceilings(concurrency=1)) for up in at.store.known.upstreams
    )
    models = tuple(msgspec.structs.replace(model, routing=SOON) for model in at.store.known.models)
    at.board = board_of(msgspec.structs.replace(at.store.known, upstreams=ups, models=models), VENDORS)
    await at.run(stream=True)
    assert given_back(at)


async def test_a_plain_call_and_one_with_a_single_route_are_not_hedged() -> None:
    gate = asyncio.Event()
    answer = plain()
    answer._steps.appendleft(gate.wait)
    at = hedging(answer, late(gate), routing=SOON)
    plainly = asyncio.create_task(at.relay.run(at.call(), Caller([])))
    await asyncio.sleep(0.05)
    assert len(at.transport.asked) == 1
    gate.set()
    await plainly
    alone = hedging(late(gate), upstreams=1)
    await alone.run(stream=True)
    assert len(alone.transport.asked) == 1


@pytest.mark.parametrize(("vendor", "tokens"), [("openai_compatible", (7, 0)), ("metered", (7, 3))])
async def test_what_the_loser_may_cost_us_is_in_its_attempt_alone(vendor: str, tokens: tuple[int, int]) -> None:
    at = hedging(late(asyncio.Event()), good(), vendor=vendor)
    price = Price(currency="CNY", input=1_000_000_000, output=2_000_000_000)
    versions = tuple(
        PriceVersion(number=number, upstream=f"up{number}", model=f"m-{number}", starts_at=0, price=price)
        for number in range(2)
    )
    book = Book(Prices(versions=versions), {model.name: model.price for model in at.store.known.models})
    at.board = replace(at.board, prices=book)
    record = await at.run(stream=True)
    hedged, answered = record.attempts
    assert (hedged.cost_nanos, hedged.cost_currency) == (tokens[0] * 1_000 + tokens[1] * 2_000, "CNY")
    assert (answered.cost_nanos, record.cost_nanos, record.cost_currency) == (None, 13_000, "CNY")
    assert msgspec.json.decode(msgspec.json.encode(record), type=CallRecord) == record


async def test_a_route_that_loses_is_known_to_be_slow() -> None:
    slow = late(asyncio.Event())
    at = hedging(slow, good())
    slow._steps.appendleft(at.clock.pass_s(3.0))
    record = await at.run(stream=True)
    assert (record.duration_ms, record.own_time_us, record.time_to_first_chunk_ms) == (3000, 0, 3000)
    first, second = (route.statistics for route in at.board.served["m"].tiers[0])
    assert first.first_chunk_s() == pytest.approx(3.0)
    assert second.first_chunk_s() == pytest.approx(0.0)


async def test_the_way_tells_of_it() -> None:
    at = hedging(late(asyncio.Event()), good())
    body = {"model": "m", "stream": True, "messages": [{"role": "user", "content": "Hi"}]}
    await at.relay.run(at.call_in("openai.chat", body, explains=True), at.caller)
    assert at.caller.way == ("up1/m-1; strategy=least_in_flight; attempts=2; tried=up0/m-0: hedged after 0 ms")


async def test_what_the_other_route_can_t_say_does_not_end_the_first() -> None:
    gate = asyncio.Event()
    at = hedging(late(gate), upstreams=2, routing=SOON)
    grave = {"model": "m", "stream": True, "messages": [{"role": "user", "content": "Hi"}], "n": 3}
    first, second = at.store.known.upstreams
    ups = (first, msgspec.structs.replace(second, vendor="anthropic", priority=0))
    models = tuple(msgspec.structs.replace(model, routing=SOON) for model in at.store.known.models)
    at.board = board_of(msgspec.structs.replace(at.store.known, upstreams=ups, models=models), VENDORS)
    running = asyncio.create_task(at.relay.run(at.call_in("openai.chat", grave, explains=True), at.caller))
    await until(lambda: len(at.transport.asked) == 1)
    await asyncio.sleep(0.05)
    gate.set()
    with suppress(UpstreamError):  # it has one choice of the three
        await running
    assert at.caller.got.startswith(delta("late"))
    assert at.caller.way is not None
    assert at.caller.way.endswith("passed-over=up1/m-1: what the call says can't be said there")
