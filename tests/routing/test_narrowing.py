from typing import Any

import pytest

from tests.routing.served import served_of, upstream
from waystation.routing.narrowing import Narrowed, Need, narrow
from waystation.routing.route import Served
from waystation.routing.statistics import SAMPLES_MIN
from waystation.wire.catalogue import Model, ModelRoute
from waystation.wire.overrides import BodyRule, Overrides
from waystation.wire.wish import Percentiles, Wish

NEED = Need("openai.chat")
DROPPING = Overrides(body=(BodyRule(action="drop", member="seed"),))


def served(**model: Any) -> Served:
    """`a` and `b` first, `c` behind them."""
    routes = (ModelRoute("a", "m"), ModelRoute("b", "m", tags=("fp8",)), ModelRoute("c", "m"))
    made = Model(**{"name": "m", "routes": routes, "price": None, **model})
    ups = (
        upstream("a", tags=("eu", "zdr")),
        upstream("b", tags=("EU",), overrides=DROPPING),
        upstream("c", priority=5, vendor="anthropic"),
    )
    return served_of((made,), *ups)["m"]


def tiers(narrowed: Narrowed) -> list[list[str]]:
    return [[route.upstream.name for route in tier] for tier in narrowed.tiers]


def reasons(narrowed: Narrowed) -> dict[str, str]:
    return {one.route.upstream.name: one.reason for one in narrowed.left_out}


def test_without_a_wish_all_are_left_that_can_take_the_call() -> None:
    narrowed = narrow(served(), NEED, None, 0.0)
    assert tiers(narrowed) == [["a", "b"], ["c"]]
    assert narrowed.left_out == ()


@pytest.mark.parametrize(
    ("wish", "left"),
    [
        (Wish(only=("b", "c")), [["b"], ["c"]]),
        (Wish(only=("eu",)), [["a", "b"]]),
        (Wish(ignore=("eu",)), [["c"]]),
        (Wish(only=("eu",), ignore=("a",)), [["b"]]),
        (Wish(only=()), []),
        (Wish(order=("c", "nobody", "b")), [["c"], ["b"], ["a"]]),
        (Wish(order=("c", "b"), allow_fallbacks=False), [["c"], ["b"]]),
        (Wish(order=("eu", "a")), [["a", "b"], ["c"]]),
        (Wish(sort="price"), [["a", "b", "c"]]),
        (Wish(sort="price", order=("b",)), [["b"], ["a", "c"]]),
        (Wish(needs=(("quantizations", frozenset({"fp8"})),)), [["b"]]),
        (Wish(needs=(("quantizations", frozenset({"unknown", "int4"})),)), [["a"], ["c"]]),
        (Wish(needs=(("zdr", frozenset({"zdr"})),)), [["a"]]),
        (Wish(require_parameters=True), [["a"]]),
    ],
)
def test_wishes_narrow_and_order(wish: Wish, left: list[list[str]]) -> None:
    assert tiers(narrow(served(), NEED, wish, 0.0)) == left


def test_who_is_left_out_has_a_reason() -> None:
    narrowed = narrow(served(), NEED, Wish(only=("a", "b"), ignore=("a",), require_parameters=True), 0.0)
    assert reasons(narrowed) == {
        "a": "is in 'ignore'",
        "b": "may lose parameters, which 'require_parameters' forbids",
        "c": "is not in 'only'",
    }
    narrowed = narrow(served(), NEED, Wish(order=("a",), allow_fallbacks=False), 0.0)
    assert reasons(narrowed)["c"] == "is not in 'order', and 'allow_fallbacks' is false"


def test_a_call_goes_to_where_it_fits() -> None:
    routes = (ModelRoute("a", "m", context_length=1000), ModelRoute("c", "m", context_length=200_000))
    narrowed = narrow(served(routes=routes), Need("openai.chat", 1001), None, 0.0)
    assert tiers(narrowed) == [["c"]]
    assert reasons(narrowed) == {"a": "takes 1000 tokens, and the call has some 1001"}


def test_one_that_may_just_fit_is_tried_if_there_is_no_better_way() -> None:
    one = served(routes=(ModelRoute("a", "m"), ModelRoute("c", "m", context_length=900)), context_length=1000)
    assert tiers(narrow(one, Need("openai.chat", 1300), None, 0.0)) == [["a"]]
    assert tiers(narrow(one, Need("openai.chat", 1430), None, 0.0)) == []


def test_a_bound_that_a_route_can_t_give_and_an_input_that_it_can_t_take() -> None:
    routes = (ModelRoute("a", "m", max_output_tokens=100), ModelRoute("c", "m", inputs=("text", "image")))
    one = served(routes=routes, inputs=("text",))
    need = Need("openai.chat", output_tokens=101, inputs=frozenset({"image"}))
    assert tiers(narrow(one, need, None, 0.0)) == [["c"]]
    assert reasons(narrow(one, need, None, 0.0)) == {"a": "gives 100 tokens, and the call asks for up to 101"}
    sound = Need("openai.chat", inputs=frozenset({"image", "audio"}))
    assert reasons(narrow(one, sound, None, 0.0)) == {"a": "takes no audio and no image", "c": "takes no audio"}


def test_a_language_without_a_way() -> None:
    narrowed = narrow(served(), Need("openai.embeddings"), None, 0.0)
    assert tiers(narrowed) == [["a", "b"]]
    assert narrowed.left_out[0].cause == "language"


def test_slow_ones_come_last_and_those_that_are_not_known_do_not() -> None:
    one = served()
    slow, quick = one.tiers[0]
    for _ in range(SAMPLES_MIN):
        slow.statistics.hear(10.0, 3.0)
        slow.statistics.succeed(10.0, 10.0, 100)
        quick.statistics.hear(10.0, 0.5)
        quick.statistics.succeed(10.0, 1.0, 100)
    late = Wish(max_latency=Percentiles(p50=1.0))
    assert tiers(narrow(one, NEED, late, 20.0)) == [["b"], ["c"], ["a"]]
    fast = Wish(min_throughput=Percentiles(p50=5.0, p90=50.0))
    assert tiers(narrow(one, NEED, fast, 20.0)) == [["b"], ["c"], ["a"]]
    assert tiers(narrow(one, NEED, Wish(max_latency=Percentiles(p99=9.0)), 20.0)) == [["a", "b"], ["c"]]
