import msgspec
import pytest

from tests.relay.world import PRICE, cost, plain, refused, scene
from waystation.relay.call import Call
from waystation.relay.planning import planned
from waystation.relay.tally import Tally
from waystation.relay.way import way_of
from waystation.wire.errors import UpstreamError
from waystation.wire.price import Price, Prices, PriceVersion
from waystation.wire.wish import Wish

DEAR = Price(currency="USD", input=9_000_000_000, output=90_000_000_000)


def wishing(call: Call, wish: Wish) -> Call:
    return msgspec.structs.replace(call, ask=msgspec.structs.replace(call.ask, wish=wish))


def test_the_order_that_was_wished_for_is_noted() -> None:
    at = scene(upstreams=2)
    call, tally = at.call(model="m:nitro"), Tally(at.clock.monotonic)
    planned(call, at.board.offer(call.token, "m:nitro", call.at), tally, at.clock)
    assert "strategy=throughput" in way_of(at.board.served["m"].model, tally)


def test_who_is_left_out_is_noted_with_the_reason() -> None:
    at = scene(upstreams=2)
    call, tally = wishing(at.call(), Wish(ignore=("up0",))), Tally(at.clock.monotonic)
    routes = planned(call, at.board.offer(call.token, "m", call.at), tally, at.clock)
    assert [route.upstream.name for route in routes] == ["up1"]
    assert tally.passed_over == (("up0", "m-0", "is in 'ignore'"),)


async def test_a_call_goes_where_its_caller_wishes() -> None:
    at = scene(plain(), upstreams=3)
    await at.relay.run(wishing(at.call(), Wish(order=("up2", "up1"))), at.caller)
    assert at.record.upstream == "up2"


async def test_without_fallbacks_the_first_choice_is_the_only_one() -> None:
    at = scene(refused(500), upstreams=3)
    with pytest.raises(UpstreamError):
        await at.relay.run(wishing(at.call(), Wish(allow_fallbacks=False)), at.caller)
    assert [attempt.upstream for attempt in at.record.attempts] == ["up0"]


async def test_a_caller_s_order_goes_before_tiers_and_strategies() -> None:
    """The cheapest for us is in the last tier."""
    at = scene(plain(), plain(), upstreams=3)
    versions = tuple(
        PriceVersion(number=number, model=f"m-{number}", upstream=f"up{number}", starts_at=0, price=price)
        for number, price in enumerate((DEAR, DEAR, PRICE))
    )
    at.book(Prices(versions=versions))
    await at.relay.run(at.call(model="m:floor"), at.caller)
    assert (at.record.upstream, at.record.request_model, at.record.model) == ("up2", "m:floor", "m")
    assert at.record.amount_nanos == cost(10, 5)


async def test_nor_do_they_change_what_later_calls_are_compared_by() -> None:
    """What routes cost is kept for the model, so with all of its routes."""
    at = scene(plain(), upstreams=3)
    call = wishing(at.call(), Wish(only=("up1",), sort="price"))
    await at.relay.run(call, at.caller)
    assert len(at.board.costs.of(at.board.served["m"], at.clock.now())) == 0
    assert [route.upstream.name for tier in at.board.served["m"].tiers for route in tier] == ["up0", "up1", "up2"]
