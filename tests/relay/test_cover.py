import pytest

from tests.relay.world import DONE, PRICE, Scene, ScriptedInbound, Step, cost, delta, scene, stream, usage
from waystation.ledger.pricing import ceiling
from waystation.relay.cover import GRACE_S
from waystation.relay.meter import Meter
from waystation.wire.booking import ExtendOrder, Held, Refused
from waystation.wire.catalogue import Budget
from waystation.wire.errors import HoldEnded, InsufficientQuota, StoreUnavailable
from waystation.wire.usage import Usage

WORDS = "x" * 40  # ten tokens, as they are estimated
LONG = [delta(WORDS) for _ in range(30)]  # three times what a call for 100 tokens is expected to bring
END: tuple[Step, ...] = (delta(finish="stop"), usage(9, 300), DONE)


def held_for(at: Scene, tokens_out: int) -> int:
    """What is held for a call for so many tokens of output."""
    call = at.call(stream=True, max_tokens=tokens_out)
    meter = Meter(call.ask, len(call.body), at.board.served["m"].model, PRICE)
    return ceiling(PRICE, input_tokens=meter.input_ceiling, output_tokens=meter.output_ceiling)


def counting(at: Scene, refusing_from: int | None = None) -> list[ExtendOrder]:
    """Every order to extend a hold, in time; from one of them on they fail."""
    asked: list[ExtendOrder] = []
    extend = at.store.extend

    async def extending(order: ExtendOrder) -> Held | Refused:
        asked.append(order)
        if refusing_from is not None and len(asked) > refusing_from:
            raise StoreUnavailable("The ledger can't be written right now.")
        return await extend(order)

    at.store.extend = extending  # type: ignore[method-assign]
    return asked


async def test_a_vendor_that_ignores_the_bound_is_paid_by_a_hold_that_grows() -> None:
    at = scene(stream(*LONG, *END))
    asked = counting(at)
    record = await at.run(stream=True, max_tokens=100)
    assert at.caller.got.startswith(b"".join(LONG))
    assert (record.outcome, record.amount_nanos, at.spent) == ("ok", cost(9, 300), cost(9, 300))
    assert record.hold_nanos == asked[-1].amount_nanos > cost(9, 300)
    assert 2 <= len(asked) <= 8
    assert asked[0].expires_at == at.clock.now() + 600 + GRACE_S


async def test_an_answer_within_its_bound_asks_for_nothing() -> None:
    at = scene(stream(*LONG[:7], *END))
    asked = counting(at)
    await at.run(stream=True, max_tokens=100)
    assert asked == []


async def test_without_money_the_answer_ends_before_it_costs_more_than_was_held() -> None:
    at = scene(stream(*LONG, *END), credit=10_000_000)
    at.store.accounts.clear()
    at.store.open_wallet("org_1", "USD", held_for(at, 100))
    with pytest.raises(InsufficientQuota, match=r"was cut off.* The wallet of organization 'acme' is used up"):
        await at.run(stream=True, max_tokens=100)
    record = at.record
    assert (record.outcome, record.error_code, record.status) == ("cut", "insufficient_quota", 200)
    assert (record.estimated, record.marks) == (True, ("usage_unheard",))
    shown = at.caller.got.count(WORDS.encode())
    assert 10 <= shown < 30
    assert record.usage is not None
    assert record.usage.output_tokens == shown * 10
    assert 0 < record.amount_nanos <= record.hold_nanos
    assert not at.store.open_holds
    (entry,) = at.store.postings.values()
    assert (entry.posted.amount_nanos, entry.posted.shortfall_nanos) == (record.amount_nanos, 0)


async def test_what_is_left_is_used_to_its_end() -> None:
    at = scene(stream(*LONG, *END))
    at.store.accounts.clear()
    money = held_for(at, 100) + cost(0, 15)  # not enough for a quarter more
    at.store.open_wallet("org_1", "USD", money)
    with pytest.raises(InsufficientQuota):
        await at.run(stream=True, max_tokens=100)
    assert at.record.hold_nanos == money
    assert money - cost(0, 10) <= at.record.amount_nanos <= money


async def test_a_chunk_that_is_not_covered_is_not_sent() -> None:
    at = scene(stream(delta("Hi"), delta("y" * 40_000), *END))
    at.store.accounts.clear()
    at.store.open_wallet("org_1", "USD", held_for(at, 100))
    with pytest.raises(InsufficientQuota):
        await at.run(stream=True, max_tokens=100)
    assert at.caller.got == delta("Hi")
    assert at.record.usage is not None
    assert at.record.usage.output_tokens == 1


async def test_nor_is_a_beginning_that_is_not_covered() -> None:
    at = scene(stream(delta("y" * 40_000), *END))
    at.store.accounts.clear()
    at.store.open_wallet("org_1", "USD", held_for(at, 100))
    with pytest.raises(InsufficientQuota):
        await at.run(stream=True, max_tokens=100)
    assert (at.caller.got, at.record.outcome, at.record.status) == (b"", "refused", 429)
    assert at.record.usage is not None
    assert at.record.usage.output_tokens == 0


async def test_an_answer_that_is_whole_is_not_cut_for_its_price() -> None:
    at = scene(stream(delta("y" * 40_000, finish="stop"), *END))
    at.store.accounts.clear()
    money = held_for(at, 100)
    at.store.open_wallet("org_1", "USD", money)
    record = await at.run(stream=True, max_tokens=100)
    assert (record.outcome, record.amount_nanos) == ("ok", money)


async def test_a_count_that_comes_early_counts() -> None:
    """Hidden thoughts bring no text: only what the vendor counts on the way tells of them."""
    at = scene(stream(delta("Hi"), usage(9, 5_000), *[delta("x" * 8_000)] * 3, *END))
    asked = counting(at)
    await at.run(stream=True, max_tokens=4_000)
    assert asked[0].amount_nanos > cost(9, 5_000)


async def test_a_count_that_can_not_be_believed_cuts_nobody() -> None:
    at = scene(stream(delta("Hi"), usage(9, 10**9), *[delta("x")] * 200, *END))
    asked = counting(at)
    await at.run(stream=True, max_tokens=1_000)
    assert asked == []


async def test_a_hold_stays_in_the_windows_in_which_it_was_made() -> None:
    """The budget's day ends while the stream runs: what it comes to counts for the day in which it began."""
    budget = Budget(100_000_000, "USD", "day", id="budget_1")
    at = scene(stream(LONG[0], *LONG, *END), budget=budget)
    midnight = (at.clock.at // 86_400 + 1) * 86_400
    at.clock.at = midnight - 1
    steps = at.transport._answers[0]
    assert isinstance(steps, ScriptedInbound)
    steps._steps.insert(1, at.clock.pass_s(2))
    asked = counting(at)
    record = await at.run(stream=True, max_tokens=100)
    assert asked[0].at > midnight
    windows = {ceiling.starts_at: account for ceiling, account in at.store.accounts.items() if ceiling.kind == "budget"}
    (window,) = windows.items()
    assert window[0] == midnight - 86_400
    assert window[1].debits_posted == record.amount_nanos == cost(9, 300)


async def test_a_hold_that_is_no_more_ends_the_answer() -> None:
    at = scene(stream(delta("Hi"), *LONG, *END))

    async def extending(order: ExtendOrder) -> Held | Refused:
        raise HoldEnded(f"hold {order.hold_id!r} was expired before")

    at.store.extend = extending  # type: ignore[method-assign]
    with pytest.raises(HoldEnded):
        await at.run(stream=True, max_tokens=100)
    assert (at.record.outcome, at.record.error_code) == ("cut", "internal_error")


async def test_while_the_ledger_is_lost_an_answer_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    at = scene(stream(*LONG[:15], *END))
    asked = counting(at, refusing_from=0)
    record = await at.run(stream=True, max_tokens=100)
    assert (record.outcome, record.usage) == ("ok", Usage(input_tokens=9, output_tokens=300))
    assert len(asked) == 1
    assert "hold not extended" in caplog.text


async def test_but_not_for_ever() -> None:
    at = scene(stream(*LONG * 20, *END))
    asked = counting(at, refusing_from=0)
    with pytest.raises(StoreUnavailable):
        await at.run(stream=True, max_tokens=100)
    assert (at.record.outcome, at.record.error_code) == ("cut", "store_unavailable")
    assert len(asked) > 1


async def test_what_costs_nothing_needs_no_more() -> None:
    at = scene(stream(*LONG, *END), free=True)
    asked = counting(at)
    record = await at.run(stream=True, max_tokens=100)
    assert (record.outcome, record.amount_nanos, asked) == ("ok", 0, [])
