from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from random import Random

from waystation.routing.order import Moment
from waystation.routing.route import Route, Served, endpoint_of, ways_of
from waystation.routing.strategy import plan
from waystation.vendors import vendors
from waystation.wire.catalogue import Model, Upstream
from waystation.wire.price import Price
from waystation.wire.routing import Routing


def route(name: str, weight: int = 1) -> Route:
    upstream = Upstream(id=name, name=name, vendor="openai_compatible", base_url="http://x/v1", keys=(), weight=weight)
    vendor = vendors()["openai_compatible"]
    return Route(upstream, vendor, endpoint_of(upstream), name, ways_of(upstream, vendor))


def served(*tiers: tuple[Route, ...]) -> Served:
    return Served(Model(name="m", routes=(), price=Price(currency="USD", input=1, output=1)), tiers)


def names(of: Served, draw: Callable[[], float]) -> list[str]:
    return [route.model for route in plan(of, "openai.chat", draw)]


def test_a_single_route_is_the_plan() -> None:
    assert names(served((route("a"),)), lambda: 0.5) == ["a"]


def test_a_lower_tier_comes_first_whatever_its_weight() -> None:
    assert names(served((route("a", 1),), (route("b", 100),)), lambda: 0.99) == ["a", "b"]


def test_every_route_is_in_the_plan_once() -> None:
    of = served(tuple(route(n, w) for n, w in (("a", 1), ("b", 2), ("c", 0))), (route("d"),))
    for seed in range(50):
        order = names(of, Random(seed).random)
        assert sorted(order[:3]) == ["a", "b", "c"]
        assert order[3] == "d"


def test_first_places_follow_the_weights() -> None:
    of = served((route("a", 3), route("b", 1)))
    random = Random(7)
    first = Counter(names(of, random.random)[0] for _ in range(4000))
    assert 2850 < first["a"] < 3150


def test_a_route_of_weight_zero_is_only_a_spare() -> None:
    of = served((route("a", 0), route("b", 1)))
    random = Random(7)
    assert {tuple(names(of, random.random)) for _ in range(200)} == {("b", "a")}


def test_routes_without_the_dialect_are_left_out() -> None:
    silent = replace(route("a"), ways={})
    assert names(served((silent,)), lambda: 0.0) == []
    assert names(served((silent, route("b"))), lambda: 0.0) == ["b"]


def test_a_model_s_strategy_orders_each_of_its_tiers() -> None:
    tiers = ((route("a"), route("b")), (route("c"), route("d")))
    of = replace(served(*tiers), model=Model(name="m", routes=(), price=None, routing=Routing(strategy="cheapest")))
    costs = {(name, name): cost for name, cost in (("a", 9.0), ("b", 8.0), ("c", 2.0), ("d", 1.0))}
    moment = Moment(lambda: 0.0, costs=costs)
    assert [route.model for route in plan(of, "openai.chat", lambda: 0.0, moment)] == ["b", "a", "d", "c"]


def test_a_tier_of_one_is_not_ordered_at_all() -> None:
    def never() -> float:
        raise AssertionError

    assert names(served((route("a"),), (route("b"),)), never) == ["a", "b"]


def test_routes_that_all_weigh_nothing_keep_their_order() -> None:
    assert names(served((route("a", 0), route("b", 0))), lambda: 0.5) == ["a", "b"]
