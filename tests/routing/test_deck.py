from collections import Counter
from random import Random

import pytest

from waystation.routing.deck import Deck, drawn

WEIGHTS = {"a": 50, "b": 30, "c": 20, "d": 0}


def test_first_and_second_places_follow_the_weights_in_the_long_run() -> None:
    draw = Random(3).random
    deck = Deck(list(WEIGHTS), list(WEIGHTS.values()))
    orders = [deck.deal(draw) for _ in range(60_000)]
    firsts = Counter(order[0] for order in orders)
    assert {name: firsts[name] / 60_000 for name in "abc"} == pytest.approx({"a": 0.5, "b": 0.3, "c": 0.2}, rel=0.03)
    after_a = Counter(order[1] for order in orders if order[0] == "a")
    assert after_a["b"] / after_a.total() == pytest.approx(0.6, rel=0.05)
    assert {order[-1] for order in orders} == {"d"}
    assert all(sorted(order) == ["a", "b", "c", "d"] for order in orders)


def test_a_draw_of_all_follows_the_weights_too() -> None:
    draw = Random(4).random
    orders = [drawn("abcd", list(WEIGHTS.values()), draw) for _ in range(20_000)]
    assert Counter(order[0] for order in orders)["a"] / 20_000 == pytest.approx(0.5, rel=0.03)
    assert {order[-1] for order in orders} == {"d"}


@pytest.mark.parametrize(("weights", "point", "first"), [((3, 1), 0.74, "a"), ((3, 1), 0.75, "b"), ((0, 1), 0.0, "b")])
def test_of_two_one_draw_decides(weights: tuple[int, int], point: float, first: str) -> None:
    assert drawn("ab", weights, lambda: point)[0] == first
    deck = Deck("ab", weights)
    assert [deck.deal(lambda: point)[0] for _ in range(40)] == [first] * 40


def test_without_any_weight_they_stay_as_they_are() -> None:
    assert Deck("ba", (0, 0)).deal(lambda: 0.5) == ("b", "a")
    assert drawn("cba", (0, 0, 0), lambda: 0.5) == ["c", "b", "a"]


@pytest.mark.parametrize("items", ["", "a"])
def test_none_and_one(items: str) -> None:
    assert Deck(items, [1] * len(items)).deal(lambda: 0.99) == tuple(items)
    assert drawn(items, [1] * len(items), lambda: 0.99) == list(items)
