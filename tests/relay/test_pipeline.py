import asyncio
from collections import Counter
from dataclasses import replace

import msgspec
import pytest

from tests.relay.world import (
    CREDIT,
    DONE,
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
from waystation.ledger.price_trace import total, trace
from waystation.relay.costs import CostTable
from waystation.wire.catalogue import Budget, Catalogue, Organization
from waystation.wire.errors import (
    BadAnswer,
    CallerGone,
    ConnectFailed,
    InsufficientQuota,
    InvalidToken,
    ModelNotFound,
    NoRoute,
    PriceMissing,
    StoreUnavailable,
    Truncated,
    VendorFailure,
    VendorRefusal,
    WaystationError,
)
from waystation.wire.price import ONE, ExchangeRate, Multiplier, Price, Prices, PriceVersion, Terms
from waystation.wire.record import CallRecord
from waystation.wire.routing import Routing, Strategy
from waystation.wire.usage import Usage


async def test_a_plain_answer_leaves_after_its_bill_is_posted() -> None:
    at = scene(plain(tokens=(10, 5)))
    record = await at.run()
    assert at.journal == ["post", "answer", "record"]
    assert at.spent == cost(10, 5)
    assert (record.outcome, record.status, record.amount_nanos, record.estimated) == ("ok", 200, cost(10, 5), False)
    assert (record.usage, record.finish_reasons) == (Usage(input_tokens=10, output_tokens=5), ("stop",))
    assert (record.request_model, record.response_model, record.upstream) == ("m", "m-2026", "up0")


async def test_the_last_bytes_of_a_stream_leave_after_its_bill_is_posted() -> None:
    answer = stream(delta("Hi"), delta(" there", finish="stop"), usage(7, 3), DONE)
    at = scene(answer)
    record = await at.run(stream=True)
    assert at.journal == ["stream", "stream", "post", "finish", "record"]
    assert at.caller.got == delta("Hi") + delta(" there", finish="stop") + DONE
    assert (record.outcome, record.stream, at.spent) == ("ok", True, cost(7, 3))
    assert answer.closed


async def test_a_caller_who_asked_for_usage_gets_it_with_the_tail() -> None:
    at = scene(stream(delta("Hi", finish="stop"), usage(7, 3), DONE))
    await at.run(stream=True, stream_options={"include_usage": True})
    assert at.caller.got == delta("Hi", finish="stop") + usage(7, 3) + DONE


async def test_without_a_posting_a_plain_answer_is_kept_back() -> None:
    at = scene(plain())
    at.store.failing.add("post")
    with pytest.raises(StoreUnavailable):
        await at.run()
    assert (at.caller.got, at.journal) == (b"", ["record"])
    assert (at.record.outcome, at.record.status, at.record.error_code) == ("failed", 503, "store_unavailable")
    assert (at.record.amount_nanos, at.record.usage) == (0, None)


async def test_a_caller_who_left_before_the_plain_answer_owes_it_and_is_recorded_as_gone() -> None:
    at = scene(plain(tokens=(10, 5)), patience=0)
    with pytest.raises(CallerGone):
        await at.run()
    assert (at.record.outcome, at.record.status, at.record.amount_nanos) == ("caller_gone", 499, cost(10, 5))
    assert at.spent == cost(10, 5)


async def test_a_caller_who_left_before_the_last_bytes_is_recorded_as_gone() -> None:
    at = scene(stream(delta("Hi", finish="stop"), usage(7, 3), DONE), patience=1)
    with pytest.raises(CallerGone):
        await at.run(stream=True)
    assert (at.record.outcome, at.record.status, at.record.amount_nanos) == ("caller_gone", 200, cost(7, 3))


async def test_a_call_does_not_fail_for_its_record(caplog: pytest.LogCaptureFixture) -> None:
    at = scene(plain())
    at.store.failing.add("record")
    await at.relay.run(at.call(), at.caller)
    assert (at.caller.ended, at.observed[-1].outcome) == (True, "ok")
    assert "call record not kept" in caplog.text
    assert at.lost == at.observed


async def test_without_a_posting_a_stream_is_not_shown_as_complete() -> None:
    at = scene(stream(delta("Hi", finish="stop"), DONE))
    at.store.failing.add("post")
    with pytest.raises(StoreUnavailable):
        await at.run(stream=True)
    assert at.caller.got == delta("Hi", finish="stop")
    assert not at.caller.ended
    assert (at.record.outcome, at.record.status, at.record.amount_nanos) == ("cut", 200, 0)


async def test_a_store_that_can_not_hold_sends_nothing_upstream() -> None:
    at = scene(plain())
    at.store.broken = True
    with pytest.raises(StoreUnavailable):
        await at.relay.run(at.call(), at.caller)
    assert at.transport.asked == []


@pytest.mark.parametrize(("model", "models"), [("nobody", None), ("m", ("other",))])
async def test_a_model_that_is_not_there_or_not_the_tokens_is_refused_alike(
    model: str, models: tuple[str, ...] | None
) -> None:
    at = scene(models=models)
    with pytest.raises(ModelNotFound):
        await at.run(model=model)
    assert (at.record.outcome, at.record.status, at.record.error_code) == ("refused", 404, "model_not_found")
    assert (at.journal, at.record.price) == (["record"], None)


async def test_no_upstream_that_speaks_the_dialect_is_a_failure() -> None:
    at = scene(vendor="mute")
    with pytest.raises(NoRoute, match=r"openai\.chat"):
        await at.run()
    assert (at.record.outcome, at.record.status) == ("failed", 503)


async def test_an_empty_wallet_sends_nothing_upstream() -> None:
    at = scene(plain(), credit=1)
    with pytest.raises(InsufficientQuota, match="wallet of organization 'acme'"):
        await at.run()
    assert (at.transport.asked, at.store.open_holds) == ([], {})
    assert (at.record.outcome, at.record.status, at.record.hold_nanos) == ("refused", 429, 0)


async def test_a_budget_bounds_the_call_and_is_billed_with_the_wallet() -> None:
    at = scene(plain(tokens=(10, 5)), budget=Budget(10_000_000, "USD", "month"))
    await at.run()
    spent = {ceiling.kind: account.debits_posted for ceiling, account in at.store.accounts.items()}
    assert spent == {"budget": cost(10, 5), "wallet": cost(10, 5)}
    with pytest.raises(InsufficientQuota, match="monthly budget"):
        await at.relay.run(at.call(max_tokens=100_000), at.caller)


async def test_a_token_that_was_revoked_after_the_look_up_is_refused() -> None:
    at = scene(plain())
    call = at.call()
    at.store.change(Catalogue(revision=2))
    with pytest.raises(InvalidToken):
        await at.relay.run(call, at.caller)
    assert at.transport.asked == []


async def test_the_vendors_refusal_costs_nothing() -> None:
    at = scene(refused(400, message="max_tokens is too large"))
    with pytest.raises(VendorRefusal, match="max_tokens is too large"):
        await at.run()
    assert (at.journal, at.spent) == (["void", "record"], 0)
    assert (at.record.outcome, at.record.status, at.record.amount_nanos) == ("refused", 400, 0)


async def test_a_failed_call_costs_nothing() -> None:
    at = scene(refused(500))
    with pytest.raises(Exception, match="500"):
        await at.run()
    assert (at.journal, at.spent) == (["void", "record"], 0)
    assert (at.record.outcome, at.record.status, at.record.error_code) == ("failed", 502, "upstream_error")
    assert [(attempt.fault, attempt.status) for attempt in at.record.attempts] == [("busy", 500)]


async def test_a_stream_that_breaks_is_paid_for_as_far_as_it_came() -> None:
    at = scene(stream(delta("Hi " * 40), delta("there")))
    with pytest.raises(Truncated):
        await at.run(stream=True)
    assert at.caller.got == delta("Hi " * 40) + delta("there")
    assert at.journal == ["stream", "stream", "post", "record"]
    assert (at.record.outcome, at.record.status, at.record.error_code) == ("cut", 200, "upstream_truncated")
    assert (at.record.estimated, at.record.marks) == (True, ("usage_unheard",))
    assert at.spent == at.record.amount_nanos > 0


@pytest.mark.parametrize(
    ("fault", "error"),
    [(b'data: {"error": {"message": "x", "code": "overloaded"}}\n\n', VendorFailure), (b"data: {\n\n", BadAnswer)],
)
async def test_what_was_good_before_a_fault_is_sent_and_paid_for(fault: bytes, error: type[Exception]) -> None:
    at = scene(stream(delta("Hi"), delta(" the") + delta("re") + fault))
    with pytest.raises(error):
        await at.run(stream=True)
    assert at.caller.got == delta("Hi") + delta(" the") + delta("re")
    assert (at.record.outcome, at.spent > 0) == ("cut", True)


async def test_a_fault_alone_sends_nothing_more() -> None:
    at = scene(stream(delta("Hi"), b"data: {\n\n"))
    with pytest.raises(BadAnswer):
        await at.run(stream=True)
    assert at.journal == ["stream", "post", "record"]


async def test_unheard_usage_is_estimated() -> None:
    at = scene(plain(tokens=None))
    record = await at.run()
    assert (record.outcome, record.estimated, record.marks) == ("ok", True, ("usage_unheard",))
    (entry,) = at.store.postings.values()
    assert (entry.order.estimated, entry.order.marks) == (True, ("usage_unheard",))


async def test_a_caller_who_hangs_up_owes_what_was_delivered() -> None:
    answer = stream(delta("Hi " * 40), delta("there"), delta(finish="stop"), DONE)
    at = scene(answer, patience=1)
    with pytest.raises(CallerGone):
        await at.run(stream=True)
    assert at.caller.got == delta("Hi " * 40)
    assert answer.closed
    assert answer.left > 0
    assert (at.record.outcome, at.record.error_code, at.record.estimated) == ("caller_gone", "caller_gone", True)
    assert at.spent == at.record.amount_nanos > 0


async def test_the_ledger_books_no_more_than_the_wallet_has_and_the_record_says_so() -> None:
    at = scene(plain(tokens=(10, 60_000)), credit=cost(200, 110))
    record = await at.run()
    (wallet,) = at.store.accounts.values()
    (entry,) = at.store.postings.values()
    assert (wallet.available, record.amount_nanos) == (0, cost(200, 110))
    assert entry.posted.shortfall_nanos == cost(10, 60_000) - cost(200, 110)


async def test_a_call_that_is_cancelled_in_its_stream_is_posted() -> None:
    at = scene(stream(delta("Hi " * 40), asyncio.Event().wait))
    running = asyncio.create_task(at.relay.run(at.call(stream=True), at.caller))
    await until(lambda: at.journal == ["stream"])
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert at.journal == ["stream", "post", "record"]
    assert (at.record.outcome, at.record.error_code, at.spent > 0) == ("cut", None, True)


async def test_a_call_that_is_cancelled_before_its_answer_is_void() -> None:
    waiting = ScriptedInbound(asyncio.Event().wait)
    at = scene(waiting)
    running = asyncio.create_task(at.relay.run(at.call(), at.caller))
    await until(lambda: waiting.left == 0)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert (at.journal, waiting.closed) == (["void", "record"], True)
    assert (at.record.outcome, at.record.status) == ("failed", 500)


async def test_the_record_tells_waits_from_our_own_time() -> None:
    at = scene()
    passing = at.clock.pass_s
    at.transport.then(stream(passing(2.0), delta("Hi"), passing(3.0), delta(finish="stop"), DONE))
    record = await at.run(stream=True)
    assert (record.duration_ms, record.time_to_first_chunk_ms, record.own_time_us) == (5000, 2000, 0)
    assert record.attempts[0].duration_ms == 2000


async def test_what_is_posted_rests_on_a_record_of_the_same_bill() -> None:
    at = scene(plain(tokens=(10, 5)))
    record = await at.run()
    (entry,) = at.store.postings.values()
    basis = msgspec.json.decode(entry.order.basis, type=CallRecord)
    assert (basis.usage, basis.price, basis.amount_nanos) == (record.usage, record.price, record.amount_nanos)


def _version(number: int, input_: int, *, starts_at: float = 0, upstream: str | None = None) -> PriceVersion:
    return PriceVersion(
        number=number,
        model="m" if upstream is None else "m-0",
        starts_at=int(starts_at),
        price=Price(currency="USD", input=input_, output=0),
        upstream=upstream,
    )


async def test_a_model_without_a_price_in_force_is_refused_before_anything_is_sent() -> None:
    at = scene(plain())
    at.book(Prices(versions=(_version(1, 1, starts_at=at.clock.now() + 1),)))
    with pytest.raises(PriceMissing):
        await at.run()
    assert (at.record.outcome, at.record.status, at.record.error_code) == ("failed", 503, "price_missing")
    assert (at.record.price, at.transport.asked, at.journal) == (None, [], ["record"])
    at.clock.at += 1
    await at.relay.run(at.call(), at.caller)  # it takes force without a new board
    assert at.store.records[-1].outcome == "ok"


async def test_a_price_that_changes_in_the_middle_of_a_stream_is_not_the_calls() -> None:
    at = scene()
    prices = Prices(versions=(_version(1, 1_000_000), _version(2, 9_000_000, starts_at=at.clock.now() + 5)))
    at.book(prices)
    at.transport.then(stream(delta("Hi"), at.clock.pass_s(10), delta(" there", finish="stop"), usage(7, 3), DONE))
    record = await at.run(stream=True)
    assert (record.amount_nanos, record.price) == (
        7,
        msgspec.structs.replace(prices.versions[0].price, terms=Terms(version=1)),
    )
    assert record.usage is not None
    assert record.price is not None
    assert total(trace(record.usage, record.price)) == record.amount_nanos
    at.transport.then(plain(tokens=(7, 3)))
    await at.relay.run(at.call(), at.caller)
    assert at.store.records[-1].amount_nanos == 63


async def test_what_the_upstream_asks_of_us_is_recorded_beside_what_the_caller_pays() -> None:
    at = scene(refused(500), plain(tokens=(7, 3)), upstreams=2, keys=1)
    at.book(
        Prices(
            versions=(
                _version(1, 5_000_000),
                msgspec.structs.replace(_version(2, 2_000_000, upstream="up1"), model="m-1"),
            )
        )
    )
    record = await at.run()
    assert (record.upstream, record.amount_nanos) == ("up1", 35)
    assert (record.cost_nanos, record.cost_currency) == (14, "USD")


async def test_a_cost_that_is_not_known_is_not_recorded_as_nothing() -> None:
    at = scene(plain())
    record = await at.run()
    assert (record.cost_nanos, record.cost_currency) == (None, None)


async def test_an_organization_with_a_currency_of_its_own_is_billed_in_it_at_its_multiplier() -> None:
    at = scene(plain(tokens=(7, 3)))
    acme = Organization("org_1", "acme", currency="CNY", price_group="vip")
    at.store.known = msgspec.structs.replace(at.store.known, organizations=(acme,))
    at.store.open_wallet("org_1", "CNY", 10**12)
    at.book(
        Prices(
            versions=(_version(1, 1_000_000_000),),
            multipliers=(Multiplier(number=1, starts_at=0, nanos=ONE // 2, group="vip"),),
            exchange_rates=(ExchangeRate(number=1, starts_at=0, base="USD", quote="CNY", nanos=7_123_456_789),),
        )
    )
    record = await at.run()
    assert (record.amount_nanos, record.currency) == (24_933, "CNY")  # 7,000 x 0.5 x 7.123456789 = 24,932.1
    assert record.usage is not None
    assert record.price is not None
    assert total(trace(record.usage, record.price)) == record.amount_nanos
    wallets = {ceiling.currency: account for ceiling, account in at.store.accounts.items() if ceiling.kind == "wallet"}
    assert (wallets["USD"].debits_posted, wallets["CNY"].debits_posted) == (0, 24_933)


def in_flight(at: Scene) -> list[int]:
    loads = [route.load for tier in at.board.served["m"].tiers for route in tier]
    return [0 if load is None else load.in_flight for load in loads]


@pytest.mark.parametrize("strategy", ["least_in_flight", "round_robin"])
async def test_calls_planned_at_one_moment_know_of_each_other(strategy: Strategy) -> None:
    go, answers = asyncio.Event(), [plain() for _ in range(6)]
    for answer in answers:
        answer._steps.appendleft(go.wait)
    at = scene(*answers, upstreams=3)
    at.route(Routing(strategy=strategy))
    running = asyncio.gather(*(at.relay.run(at.call(), Caller([])) for _ in range(6)))
    await until(lambda: len(at.transport.asked) == 6)
    assert in_flight(at) == [2, 2, 2]
    go.set()
    await running
    assert Counter(record.upstream for record in at.store.records) == {"up0": 2, "up1": 2, "up2": 2}
    assert in_flight(at) == [0, 0, 0]


async def test_a_call_counts_where_it_is_and_nowhere_else() -> None:
    answer = stream(delta("Hi"), delta(" there", finish="stop"), usage(7, 3), DONE)
    at = scene(refused(500), answer, upstreams=2)
    at.route(Routing(strategy="least_in_flight"))
    seen: list[list[int]] = []
    answer._steps.insert(2, lambda: seen.append(in_flight(at)))
    await at.run(stream=True)
    assert (seen, in_flight(at)) == ([[0, 1]], [0, 0])


@pytest.mark.parametrize(
    ("answers", "patience", "credit"),
    [
        ((refused(400),), None, CREDIT),
        ((refused(500), ConnectFailed("no")), None, CREDIT),
        ((stream(delta("Hi"), Truncated("cut")),), None, CREDIT),
        ((stream(delta("Hi"), delta("ho"), delta("", finish="stop"), usage(1, 1), DONE),), 1, CREDIT),
        ((), None, 1),
    ],
    ids=["refused", "failed", "cut off", "hung up", "no money"],
)
async def test_the_count_comes_back_to_zero_whatever_happens(
    answers: tuple[ScriptedInbound | Exception, ...], patience: int | None, credit: int
) -> None:
    at = scene(*answers, upstreams=2, patience=patience, credit=credit)
    at.route(Routing(strategy="least_in_flight"))
    with pytest.raises(WaystationError):
        await at.relay.run(at.call(stream=True), at.caller)
    assert in_flight(at) == [0, 0]


async def test_a_call_that_is_cancelled_counts_no_more() -> None:
    answer, never = stream(delta("Hi")), asyncio.Event()
    answer._steps.append(never.wait)
    at = scene(answer, upstreams=2)
    at.route(Routing(strategy="round_robin"))
    running = asyncio.create_task(at.relay.run(at.call(stream=True), at.caller))
    await until(lambda: at.caller.started)
    assert in_flight(at) == [1, 0]
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert in_flight(at) == [0, 0]


async def test_the_calls_of_a_session_stay_together_and_move_on_when_they_must() -> None:
    at = scene(*(plain() for _ in range(8)), upstreams=4)
    at.route(Routing(strategy="sticky"))
    for _ in range(4):
        await at.relay.run(at.call(prompt_cache_key="one"), Caller([]))
    (home,) = {record.upstream for record in at.store.records}
    at.transport._answers.appendleft(refused(500))
    await at.relay.run(at.call(prompt_cache_key="one"), Caller([]))
    first, second = at.store.records[-1].attempts
    assert (first.upstream, first.fault) == (home, "busy")
    assert second.upstream != home


async def test_the_cheapest_route_is_the_one_whose_price_we_pay_least() -> None:
    at = scene(plain(), upstreams=2)
    at.route(Routing(strategy="cheapest"))
    dear, cheap = (Price(currency="USD", input=rate, output=rate) for rate in (3_000_000_000, 1_000_000_000))
    versions = tuple(
        PriceVersion(number=number, upstream=f"up{number}", model=f"m-{number}", starts_at=0, price=price)
        for number, price in enumerate((dear, cheap))
    )
    at.board = replace(at.board, costs=CostTable(Book(Prices(versions=versions), {})))
    record = await at.run()
    assert record.upstream == "up1"


async def test_a_stream_that_breaks_off_has_failed_for_its_breaker() -> None:
    at = scene(stream(delta("Hi"), Truncated("cut")))
    with pytest.raises(Truncated):
        await at.relay.run(at.call(stream=True), at.caller)
    (route,) = at.board.served["m"].tiers[0]
    assert route.breaker is not None
    assert route.breaker.counts() == (0, 1)
