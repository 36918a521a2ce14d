from collections import Counter
from random import Random

import pytest

from tests.routing.routes import NOW, names, route
from waystation.routing.order import ORDERS, Moment
from waystation.routing.route import Route
from waystation.routing.statistics import EXPLORE_S


def at(seed: int = 1, **facts: object) -> Moment:
    return Moment(Random(seed).random, NOW, **facts)  # type: ignore[arg-type]


def order(how: str, routes: list[Route], moment: Moment) -> str:
    return names(ORDERS[how](list(routes), moment))


@pytest.mark.parametrize("how", ORDERS)
def test_each_order_has_every_route_once(how: str) -> None:
    routes = [route(name, weight, first=0.1 * weight) for name, weight in zip("abcde", range(5), strict=True)]
    for seed in range(20):
        moment = at(seed, session=b"s", costs={("a", "a"): 1.0})
        assert sorted(order(how, routes, moment)) == list("abcde")
        assert order(how, routes[:1], moment) == "a"


def test_round_robin_takes_turns_also_for_calls_that_can_take_only_some() -> None:
    routes = {name: route(name) for name in "abc"}
    taken = []
    for can in ["abc", "ab", "abc", "ab", "abc", "ab", "abc", "ab"]:
        first = ORDERS["round_robin"]([routes[name] for name in can], at())[0]
        assert first.load is not None
        first.load.begin()
        taken.append(first.model)
    assert "".join(taken) == "abcabacb"


def test_the_fewest_in_flight_for_its_weight_come_first() -> None:
    light, heavy = route("l", 1), route("h", 4)
    assert light.load is not None
    assert heavy.load is not None
    firsts: Counter[str] = Counter()
    moment = at()
    for _ in range(100):
        first = ORDERS["least_in_flight"]([light, heavy], moment)[0]
        assert first.load is not None
        first.load.begin()
        firsts[first.model] += 1
    assert (firsts["l"], firsts["h"]) == (20, 80)


def test_routes_without_a_count_are_as_if_nothing_were_under_way() -> None:
    busy, plain = route("b"), route("p", load=False)
    assert busy.load is not None
    busy.load.begin()
    assert order("least_in_flight", [busy, plain], at()) == "pb"
    assert order("round_robin", [busy, plain], at()) == "pb"


def test_the_faster_of_two_at_random_comes_first_and_then_the_best_of_the_rest() -> None:
    routes = [route(name, first=seconds) for name, seconds in (("c", 3.0), ("a", 1.0), ("d", 4.0), ("b", 2.0))]
    firsts: Counter[str] = Counter()
    moment = at()
    for _ in range(3000):
        found = order("fastest", routes, moment)
        firsts[found[0]] += 1
        assert list(found[1:]) == sorted(found[1:])
    assert firsts["d"] == 0  # the slowest is never the faster of two
    assert 1400 < firsts["a"] < 1600  # in half of the pairs
    assert firsts["b"] > firsts["c"] > 400


def test_of_two_routes_the_slower_one_is_only_tried_after_it_was_quiet_for_long() -> None:
    quick, slow = route("q", first=0.1), route("s", first=5.0)
    assert {order("fastest", [quick, slow], at(seed)) for seed in range(50)} == {"qs"}
    later = NOW + EXPLORE_S + 5
    quick.statistics.hear(later, 0.1)
    moment = Moment(Random(1).random, later)
    assert [order("fastest", [quick, slow], moment) for _ in range(5)] == ["sq", "qs", "qs", "qs", "qs"]


def test_routes_that_nobody_has_heard_of_are_each_tried_once_at_first() -> None:
    routes = [route("a"), route("b"), route("c", first=0.1)]
    moment = at()
    assert [order("fastest", routes, moment)[0] for _ in range(2)] == ["a", "b"]


def test_throughput_and_latency_look_at_one_side_each() -> None:
    prompt, quick = route("p", first=0.1, speed=20), route("q", first=1.0, speed=200)
    assert order("latency", [prompt, quick], at()) == "pq"
    assert order("throughput", [prompt, quick], at()) == "qp"


def test_the_cheapest_comes_first_and_who_has_no_price_last() -> None:
    routes = [route(name) for name in "abcd"]
    costs = {("a", "a"): 2.0, ("b", "b"): 1.0, ("c", "c"): 1.0}
    found = {order("cheapest", routes, at(seed, costs=costs)) for seed in range(50)}
    assert found == {"bcad", "cbad"}
    assert {order("price", routes, at(seed))[0] for seed in range(50)} == set("abcd")


def test_a_score_joins_what_is_known() -> None:
    good, bad = route("g", first=1.0), route("b", first=1.0, failed=50)
    assert {order("score", [bad, good], at(seed)) for seed in range(30)} == {"gb"}


def test_a_session_keeps_its_order_and_its_place_when_others_go() -> None:
    routes = [route(name) for name in "abcd"]
    sessions = [f"session {number}".encode() for number in range(2000)]
    before = {session: order("sticky", routes, at(session=session)) for session in sessions}
    assert before == {session: order("sticky", routes[::-1], at(2, session=session)) for session in sessions}
    without_b = [one for one in routes if one.model != "b"]
    for session in sessions:
        assert order("sticky", without_b, at(session=session)) == before[session].replace("b", "")
    assert all(450 < count < 550 for count in Counter(found[0] for found in before.values()).values())


def test_sessions_are_shared_out_by_weight() -> None:
    routes = [route("a", 3), route("b", 1)]
    firsts = Counter(order("sticky", routes, at(session=str(number).encode()))[0] for number in range(4000))
    assert 2900 < firsts["a"] < 3100


def test_without_a_session_it_goes_by_weight() -> None:
    routes = [route("a", 3), route("b", 1)]
    moment = at()
    firsts = Counter(order("sticky", routes, moment)[0] for _ in range(4000))
    assert 2850 < firsts["a"] < 3150


class Upstreams:
    """Simulated: each answers after so many seconds, one of so many calls not at all; time goes by hand."""

    def __init__(self, *speeds: tuple[float, float]) -> None:
        self.routes = [route(name, first=None) for name, _ in zip("abcdef", speeds, strict=False)]
        self.speeds = dict(zip("abcdef", speeds, strict=False))
        self.random = Random(11)
        self.now = NOW

    def run(self, how: str, calls: int) -> Counter[str]:
        """Twenty calls a second; who is first gets the call, and its statistics learn of it."""
        firsts: Counter[str] = Counter()
        for _ in range(calls):
            self.now += 0.05
            first = ORDERS[how](list(self.routes), Moment(self.random.random, self.now))[0]
            firsts[first.model] += 1
            wait_s, failing = self.speeds[first.model]
            if self.random.random() < failing:
                first.statistics.fail(self.now)
            else:
                first.statistics.hear(self.now, wait_s)
                first.statistics.succeed(self.now, wait_s + 1, 100)
        return firsts


def test_the_fastest_of_three_gets_most_calls_and_a_slow_one_is_looked_at_now_and_then() -> None:
    ups = Upstreams((0.2, 0), (0.4, 0), (2.0, 0))
    firsts = ups.run("fastest", 12_000)  # ten minutes
    assert firsts["a"] / 12_000 == pytest.approx(2 / 3, abs=0.02)
    assert firsts["b"] / 12_000 == pytest.approx(1 / 3, abs=0.02)
    assert 15 <= firsts["c"] <= 25  # once in half a minute


def test_an_upstream_that_becomes_fast_is_found_out_within_minutes() -> None:
    ups = Upstreams((0.2, 0), (5.0, 0))
    assert ups.run("fastest", 2_400)["a"] > 2_390
    ups.speeds["b"] = (0.01, 0.0)
    ups.run("fastest", 12_000)
    assert ups.run("fastest", 1_000)["b"] > 990


def test_who_fails_loses_its_calls_by_speed_and_by_score() -> None:
    for how in ("fastest", "score"):
        firsts = Upstreams((0.2, 0.9), (0.3, 0), (0.4, 0)).run(how, 6_000)
        assert firsts["a"] < 0.02 * 6_000


def test_over_a_day_of_calls_the_shares_are_the_weights() -> None:
    routes = [route(name, weight) for name, weight in zip("abc", (5, 3, 2), strict=True)]
    moment = at(5)
    firsts = Counter(order("weighted", routes, moment)[0] for _ in range(50_000))
    for name, weight in zip("abc", (5, 3, 2), strict=True):
        assert firsts[name] / 50_000 == pytest.approx(weight / 10, rel=0.05)


def test_second_places_follow_the_weight_that_is_left() -> None:
    routes = [route(name, weight) for name, weight in zip("abc", (5, 3, 2), strict=True)]
    moment = at(9)
    after_a = Counter(
        found[1] for found in (order("weighted", routes, moment) for _ in range(20_000)) if found[0] == "a"
    )
    assert after_a["b"] / after_a.total() == pytest.approx(3 / 5, rel=0.05)


def test_routes_of_one_weight_are_in_every_order_as_often() -> None:
    moment = at(3)
    found = Counter(order("weighted", [route(name, 7) for name in "abc"], moment) for _ in range(12_000))
    assert len(found) == 6
    assert all(1_850 < count < 2_150 for count in found.values())
