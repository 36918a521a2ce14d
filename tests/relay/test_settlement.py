import pytest

from tests.relay.world import PRICE, TOTAL_S, Scene, cost, scene
from waystation.relay.cover import GRACE_S
from waystation.relay.meter import Meter
from waystation.relay.settlement import Settlement
from waystation.relay.tally import Tally
from waystation.wire.catalogue import Budget
from waystation.wire.errors import HoldEnded, InsufficientQuota, StoreUnavailable
from waystation.wire.estimate import Weight
from waystation.wire.usage import Heard, Usage


def settling(at: Scene, tally: Tally, **members: object) -> Settlement:
    call = at.call(**members)
    offer = at.board.offer(call.token, "m", call.at)
    meter = Meter(call.ask, len(call.body), offer.served.model, PRICE)
    return Settlement(at.store, at.clock, call, offer, meter, tally)


def tallied(at: Scene) -> Tally:
    return Tally(at.clock.monotonic)


async def test_a_ceiling_is_held_while_the_call_is_under_way() -> None:
    at = scene(budget=Budget(5_000_000_000, "USD", "day"))
    tally = tallied(at)
    async with settling(at, tally, max_tokens=50):
        (order,) = at.store.open_holds.values()
        assert order.amount_nanos == tally.held_nanos > cost(0, 50)
        assert order.expires_at == at.clock.now() + TOTAL_S + GRACE_S
        assert [ceiling.kind for ceiling in order.ceilings] == ["budget", "wallet"]
    assert at.spent == 0


async def test_no_answer_that_had_begun_is_void() -> None:
    at = scene()
    async with settling(at, tallied(at)):
        pass
    assert (at.journal, at.spent, at.store.postings) == (["void"], 0, {})


async def test_what_was_heard_is_posted() -> None:
    at = scene()
    tally = tallied(at)
    async with settling(at, tally):
        tally.heard, tally.delivered = Heard(Usage(input_tokens=10, output_tokens=5), ("mended",)), Weight(3)
    (entry,) = at.store.postings.values()
    assert (entry.order.amount_nanos, entry.order.estimated, entry.order.marks) == (cost(10, 5), False, ("mended",))
    assert tally.record is not None
    assert tally.record.amount_nanos == cost(10, 5)


async def test_an_error_inside_is_posted() -> None:
    at = scene()
    tally = tallied(at)
    settlement = settling(at, tally)
    await settlement.__aenter__()
    tally.delivered, tally.answered_at, tally.started = Weight(400), at.clock.monotonic(), True
    error = RuntimeError("boom")
    await settlement.__aexit__(type(error), error, None)
    assert at.journal == ["post"]
    assert tally.record is not None
    assert (tally.record.outcome, tally.record.estimated) == ("cut", True)


async def test_the_body_does_not_run_when_the_money_is_not_there() -> None:
    at = scene(credit=0)
    tally = tallied(at)
    with pytest.raises(InsufficientQuota, match="is used up"):
        await settling(at, tally).__aenter__()
    assert (at.store.open_holds, tally.held_nanos, tally.price) == ({}, 0, None)


@pytest.mark.parametrize(("delivered", "failing"), [(Weight(1), "post"), (None, "void")])
async def test_a_store_that_fails_at_the_end_is_an_error(delivered: Weight | None, failing: str) -> None:
    at = scene()
    at.store.failing.add(failing)
    tally = tallied(at)
    settlement = settling(at, tally)
    await settlement.__aenter__()
    tally.delivered = delivered
    with pytest.raises(StoreUnavailable):
        await settlement.__aexit__(None, None, None)
    assert (tally.record, tally.bill) == (None, None)
    assert len(at.store.open_holds) == 1  # the sweeper's to end


async def test_a_hold_that_was_swept_meanwhile_is_not_posted() -> None:
    at = scene()
    tally = tallied(at)
    settlement = settling(at, tally)
    await settlement.__aenter__()
    tally.delivered = Weight(1)
    assert await at.store.sweep(at.clock.now() + TOTAL_S + GRACE_S) == 1
    with pytest.raises(HoldEnded):
        await settlement.__aexit__(None, None, None)
    assert (at.spent, tally.record) == (0, None)
