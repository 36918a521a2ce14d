import asyncio
import logging

import msgspec
import pytest

from tests.relay.world import DONE, Caller, Scene, ScriptedInbound, delta, plain, scene, stream, usage
from waystation.adapters.limiter import MemoryLimiter
from waystation.ports import Pass, Waiting
from waystation.relay.door import OUTPUT_EXPECTED, reserved_tokens
from waystation.relay.meter import Meter
from waystation.wire.errors import (
    CallerGone,
    DeadlineExceeded,
    InsufficientQuota,
    LimiterUnavailable,
    ProtocolError,
    RateLimited,
    StoreUnavailable,
    UpstreamError,
)
from waystation.wire.limit import EntryOrder, Limit, Limited, Rates


class BrokenLimiter:
    """Implements `ports.Limiter`, until it is lost."""

    def __init__(self) -> None:
        self.lost = True
        self._inner = MemoryLimiter(lambda: 0.0)

    async def enter(self, order: EntryOrder) -> Pass | Limited | Waiting:
        if self.lost:
            raise LimiterUnavailable("no answer from redis.internal:6379")
        return await self._inner.enter(order)


def left(at: Scene) -> tuple[int, int, int]:
    """What is left of the token's limit: requests, tokens, slots."""
    assert isinstance(at.limiter, MemoryLimiter)
    (gauge,) = at.limiter._gauges.values()
    return gauge.requests, gauge.tokens, gauge.slots


LIMIT = Limit(rpm=10, tpm=10_000, concurrency=2)


async def test_a_plain_call_is_counted_by_its_bill() -> None:
    at = scene(plain(tokens=(10, 5)), limits=(LIMIT,))
    await at.run()
    assert left(at) == (9, 10_000 - 15, 2)
    assert at.caller.rates is not None
    assert (at.caller.rates.requests_left, at.caller.rated_at) == (9, at.clock.at)


async def test_a_stream_is_counted_by_its_bill() -> None:
    at = scene(stream(delta("Hi", finish="stop"), usage(7, 3), DONE), limits=(LIMIT,))
    await at.run(stream=True)
    assert left(at) == (9, 10_000 - 10, 2)


async def test_its_slot_is_free_before_its_last_byte_leaves() -> None:
    at = scene(plain(), limits=(LIMIT,))
    seen: list[int] = []
    answer = at.caller.answer

    async def answering(body: bytes) -> None:
        seen.append(left(at)[2])
        await answer(body)

    at.caller.answer = answering  # type: ignore[method-assign]
    await at.run()
    assert seen == [2]


async def test_a_refused_call_is_sent_nowhere_and_costs_nothing() -> None:
    at = scene(plain(), limits=(Limit(rpm=1, concurrency=5),))
    await at.run()
    at.caller = Caller(at.journal)
    with pytest.raises(RateLimited, match="The limit of token 'ci' is reached: 1 request a minute") as raised:
        await at.relay.run(at.call(), at.caller)
    assert raised.value.retry_after_s == 60
    assert (len(at.transport.asked), at.spent) == (1, at.store.records[0].amount_nanos)
    record = at.store.records[1]
    assert (record.outcome, record.status, record.error_code) == ("refused", 429, "rate_limit_exceeded")
    assert [(one.bound.scope, one.kind) for one in at.limited] == [("token", "requests")]
    assert at.caller.rates == Rates(1, 0, 60_000, None, at.caller.rates.tokens_left, 0)  # type: ignore[union-attr]


@pytest.mark.parametrize("fault", [ProtocolError("not HTTP"), ScriptedInbound(b"{}", status=500)])
async def test_a_failed_call_counts_as_a_request_and_as_no_token(fault: ScriptedInbound | Exception) -> None:
    at = scene(fault, keys=1, limits=(LIMIT,))
    with pytest.raises(UpstreamError):
        await at.run()
    assert left(at) == (9, 10_000, 2)


async def test_a_call_that_no_budget_covers_gives_its_slot_and_tokens_back() -> None:
    at = scene(credit=1, limits=(LIMIT,))
    with pytest.raises(InsufficientQuota):
        await at.run()
    assert left(at) == (9, 10_000, 2)


async def test_a_call_whose_bill_was_not_posted_counts_as_reserved() -> None:
    at = scene(plain(tokens=(10, 5)), limits=(LIMIT,))
    at.store.failing.add("post")
    with pytest.raises(StoreUnavailable):
        await at.run(max_tokens=50)
    requests, tokens, slots = left(at)
    assert (requests, slots) == (9, 2)
    assert tokens <= 10_000 - 50


async def test_a_caller_who_hangs_up_and_one_who_is_cancelled_give_their_slots_back() -> None:
    at = scene(stream(delta("Hi"), delta("!", finish="stop"), usage(7, 3), DONE), patience=1, limits=(LIMIT,))
    with pytest.raises(CallerGone):
        await at.run(stream=True)
    assert left(at)[2] == 2

    hanging = asyncio.Event()
    at = scene(ScriptedInbound(hanging.wait), limits=(LIMIT,))
    call = asyncio.ensure_future(at.relay.run(at.call(), at.caller))
    for _ in range(5):
        await asyncio.sleep(0)
    assert left(at)[2] == 1
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert left(at) == (9, 10_000, 2)


async def test_a_call_waits_for_another_one_and_its_wait_is_not_our_own_time() -> None:
    hanging = asyncio.Event()
    at = scene(ScriptedInbound(hanging.wait), plain(), limits=(Limit(concurrency=1, queue=1, queue_s=60),))
    first = asyncio.ensure_future(at.relay.run(at.call(), at.caller))
    await asyncio.sleep(0)
    second = asyncio.ensure_future(at.relay.run(at.call(), at.caller))
    await asyncio.sleep(0)
    at.clock.at += 5
    with pytest.raises(RateLimited, match="1 call at once, and 1 more wait already"):
        await at.relay.run(at.call(), at.caller)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    await second
    record = at.store.records[-1]
    assert (record.outcome, record.duration_ms, record.own_time_us) == ("ok", 5000, 0)
    assert at.caller.rated_at == at.clock.at


async def test_a_caller_who_hangs_up_leaves_the_queue() -> None:
    hanging = asyncio.Event()
    at = scene(ScriptedInbound(hanging.wait), limits=(Limit(concurrency=1, queue=1, queue_s=60),))
    first = asyncio.ensure_future(at.relay.run(at.call(), at.caller))
    await asyncio.sleep(0)
    waiting = asyncio.ensure_future(at.relay.run(at.call(), at.caller))
    await asyncio.sleep(0)
    assert isinstance(at.limiter, MemoryLimiter)
    assert at.limiter.waiting == 1
    at.caller.hang_up()
    with pytest.raises(CallerGone):
        await waiting
    assert at.limiter.waiting == 0
    assert at.store.records[-1].outcome == "caller_gone"
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first


async def test_while_the_limiter_is_lost_calls_go_on_and_it_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    limiter = BrokenLimiter()
    at = scene(plain(), plain(), plain(), limits=(Limit(rpm=1),), limiter=limiter)
    with caplog.at_level(logging.WARNING):
        for _ in range(2):
            await at.relay.run(at.call(), at.caller)
        assert (len(at.missed), at.caller.rates) == (2, None)
        limiter.lost = False
        await at.relay.run(at.call(), at.caller)
        with pytest.raises(RateLimited):
            await at.relay.run(at.call(), at.caller)
    assert [record.message for record in caplog.records] == ["limiter lost", "limiter is back"]


async def test_or_are_refused_if_that_is_what_the_operator_wants() -> None:
    at = scene(limits=(Limit(rpm=1),), limiter=BrokenLimiter(), fail_open=False)
    with pytest.raises(LimiterUnavailable) as raised:
        await at.run()
    assert (raised.value.public_status, raised.value.retry, raised.value.retry_after_s) == (503, True, 1.0)
    assert len(at.missed) == 1


async def test_calls_without_limits_do_not_ask_the_limiter() -> None:
    at = scene(plain(), limiter=BrokenLimiter())
    await at.run()
    assert (at.missed, at.caller.rates) == ([], None)


def test_what_is_reserved_is_the_input_and_the_caller_s_own_bound() -> None:
    at = scene()
    model = at.board.served["m"].model

    def reserved(**members: object) -> int:
        ask = at.call(**members).ask
        meter = Meter(ask, 100, model, model.price)  # type: ignore[arg-type]  # it has one
        return reserved_tokens(meter) - meter.input_ceiling

    assert reserved(max_tokens=5000) == 5000
    assert reserved(max_tokens=50, n=3) == 150
    assert reserved() == min(model.max_output_tokens, OUTPUT_EXPECTED)


async def test_a_call_waits_no_longer_than_it_has_time() -> None:
    hanging = asyncio.Event()
    at = scene(ScriptedInbound(hanging.wait), plain(), limits=(Limit(concurrency=1, queue=1, queue_s=60),))
    first = asyncio.create_task(at.relay.run(at.call(), Caller([])))
    await asyncio.sleep(0)
    short = msgspec.structs.replace(at.call(), deadline=at.clock.monotonic() + 0.05)
    with pytest.raises(DeadlineExceeded):
        await at.relay.run(short, at.caller)
    assert (at.limiter.waiting, len(at.transport.asked)) == (0, 1)  # type: ignore[attr-defined]  # it's the one in memory
    hanging.set()
    with pytest.raises(UpstreamError):  # an empty answer
        await first
