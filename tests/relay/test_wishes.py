import json
from typing import Any

import msgspec
import pytest

from tests.relay.world import PRICE, VENDORS, Scene, plain, scene
from waystation.relay.board import board_of
from waystation.relay.call import Call
from waystation.relay.offer import Offer
from waystation.relay.tally import Tally
from waystation.relay.wishes import heeded, need_of, wish_of
from waystation.wire.catalogue import Model, ModelRoute
from waystation.wire.errors import ContextExceeded, NoEndpoint, NoRoute, UnsupportedInput
from waystation.wire.price import Multiplier, Price, Prices
from waystation.wire.wish import MaxPrice, Wish

DEAR = Price(currency="USD", input=9_000_000_000, output=90_000_000_000)
IMAGE = [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}]}]


def among(at: Scene, *routes: ModelRoute, **fields: Any) -> Scene:
    made = Model(name="m", routes=routes, price=PRICE, **fields)
    at.board = board_of(msgspec.structs.replace(at.store.known, models=(made,)), VENDORS)
    return at


def wishing(call: Call, wish: Wish) -> Call:
    return msgspec.structs.replace(call, ask=msgspec.structs.replace(call.ask, wish=wish))


def offer(call: Call) -> Offer:
    return call.board.offer(call.token, call.ask.model, call.at)


def left(call: Call) -> list[str]:
    served = heeded(call, offer(call), wish_of(call, offer(call)), Tally(lambda: 0.0), 0.0)
    return [route.upstream.name for tier in served.tiers for route in tier]


def test_a_suffix_says_less_than_the_body() -> None:
    at = scene()
    plain_, floor = at.call(), at.call(model="m:floor")
    assert wish_of(plain_, offer(plain_)) is None
    assert wish_of(floor, offer(floor)) == Wish(sort="price")
    asked = wishing(floor, Wish(only=("up0",)))
    assert wish_of(asked, offer(asked)) == Wish(only=("up0",), sort="price")
    asked = wishing(floor, Wish(sort="latency"))
    assert wish_of(asked, offer(asked)) == Wish(sort="latency")


def test_what_leaves_none_is_told_with_the_wish_that_did_it() -> None:
    at = scene(upstreams=2)
    with pytest.raises(NoEndpoint) as refused:
        left(wishing(at.call(), Wish(only=("up1",), ignore=("up1",))))
    assert refused.value.public_status == 404
    assert "'up0' is not in 'only'; 'up1' is in 'ignore'" in refused.value.message


def test_a_price_above_the_wish_leaves_none() -> None:
    at = scene()
    fits = MaxPrice(prompt=PRICE.input, completion=PRICE.output, request=0, image=0, audio=PRICE.input)
    assert left(wishing(at.call(), Wish(max_price=fits))) == ["up0"]
    for most in (MaxPrice(prompt=PRICE.input - 1), MaxPrice(completion=1), MaxPrice(audio=1)):
        with pytest.raises(NoEndpoint, match="max_price"):
            left(wishing(at.call(), Wish(max_price=most)))


def test_a_price_is_the_caller_s_own_discounts_in_it() -> None:
    at = scene()
    at.book(Prices(multipliers=(Multiplier(number=1, starts_at=0, nanos=500_000_000, models="*"),)))
    assert left(wishing(at.call(), Wish(max_price=MaxPrice(completion=PRICE.output // 2)))) == ["up0"]


def test_a_call_that_is_too_long_for_all_is_refused_and_for_some_goes_to_the_others() -> None:
    routes = (ModelRoute("up0", "small", context_length=100), ModelRoute("up1", "large", context_length=10_000))
    at = among(scene(upstreams=2), *routes)
    assert left(at.call()) == ["up0", "up1"]
    assert left(at.call(messages=[{"role": "user", "content": "word " * 1000}])) == ["up1"]
    with pytest.raises(ContextExceeded) as refused:
        left(at.call(messages=[{"role": "user", "content": "字" * 100_000}]))
    assert refused.value.code == "context_length_exceeded"
    assert "'up1' takes 10000 tokens" in refused.value.message


def test_an_image_goes_to_who_takes_one() -> None:
    routes = (ModelRoute("up0", "blind", inputs=("text",)), ModelRoute("up1", "seeing", inputs=("text", "image")))
    at = among(scene(upstreams=2), *routes)
    assert left(at.call(messages=IMAGE)) == ["up1"]
    assert need_of(at.call(messages=IMAGE)).inputs == {"image"}
    with pytest.raises(UnsupportedInput, match="'up0' takes no image"):
        left(wishing(among(at, routes[0]).call(messages=IMAGE), Wish()))


def test_a_bound_above_what_a_route_gives() -> None:
    at = among(scene(), ModelRoute("up0", "m", max_output_tokens=50))
    assert left(at.call(max_tokens=50)) == ["up0"]
    with pytest.raises(ContextExceeded, match="gives 50 tokens"):
        left(at.call(max_tokens=51))


async def test_a_language_that_nobody_speaks_is_told_as_ever() -> None:
    at = scene(vendor="mute")
    with pytest.raises(NoRoute, match=r"speaks openai\.chat"):
        await at.relay.run(wishing(at.call(), Wish(sort="price")), at.caller)


async def test_the_plain_call_of_a_choosy_model_is_served() -> None:
    at = among(scene(plain()), ModelRoute("up0", "m-0", context_length=1000))
    await at.run()
    assert json.loads(at.transport.asked[0].body)["model"] == "m-0"
