import pytest

from tests.routing.routes import NOW, route
from waystation.routing.figures import ANSWER_TOKENS, failures, first_chunks, prices, scores, seconds, token_times
from waystation.wire.routing import ScoreWeights

INF = float("inf")


def test_seconds_are_the_first_chunk_and_the_rest_of_an_answer() -> None:
    quick, slow = route("q", first=0.5, speed=256), route("s", first=2.0, speed=64)
    assert seconds([quick, slow], NOW) == [0.5 + ANSWER_TOKENS / 256, 2.0 + ANSWER_TOKENS / 64]


def test_who_is_not_known_counts_as_the_best_of_those_who_are() -> None:
    known, unknown = route("k", first=0.5, speed=100), route("u")
    assert first_chunks([known, unknown]) == [0.5, 0.5]
    assert token_times([known, unknown]) == [0.01, 0.01]
    assert seconds([unknown, route("v")], NOW) == [0.0, 0.0]


def test_one_failure_is_no_verdict_and_many_are() -> None:
    once, always, never = route("o", failed=1), route("a", failed=95), route("n")
    assert failures([once, always, never], NOW) == [pytest.approx(1 / 6), pytest.approx(0.95), 0.0]
    assert failures([always], NOW + 3600.0)[0] < 0.01


def test_a_route_that_fails_is_slow() -> None:
    well, ill = route("w", first=1.0), route("i", first=1.0, failed=1000)
    good, bad = seconds([well, ill], NOW)
    assert good == 1.0
    assert bad == pytest.approx(20.0)


def test_a_price_that_nobody_knows_is_the_highest() -> None:
    assert prices([route("a"), route("b")], {("a", "a"): 3.0}) == [3.0, INF]


def test_a_score_weighs_failures_time_and_price() -> None:
    good, slow, dear = route("g", first=1.0), route("s", first=2.0), route("d", first=1.0)
    costs = {("g", "g"): 1.0, ("s", "s"): 1.0, ("d", "d"): 4.0}
    assert scores([good, slow, dear], ScoreWeights(2, 1, 1), NOW, costs) == [0.0, 0.5, 0.75]
    assert scores([good, slow, dear], ScoreWeights(2, 10, 0), NOW, costs) == [0.0, 5.0, 0.0]
    assert scores([route("x", failed=95)], ScoreWeights(2, 1, 1), NOW, {})[0] == pytest.approx(1.9)


def test_without_any_price_none_is_better() -> None:
    assert scores([route("a"), route("b")], ScoreWeights(), NOW, {}) == [0.0, 0.0]
    assert scores([route("a"), route("b")], ScoreWeights(), NOW, {("a", "a"): 0.0}) == [0.0, 1.0]
