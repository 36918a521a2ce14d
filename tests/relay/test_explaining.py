import msgspec
import pytest

from tests.relay.world import SECRET, Scene, scene
from waystation.relay.board import Board
from waystation.relay.explaining import BENCHED_MAX, Explanation, Question, RouteTold, explain
from waystation.wire.errors import ModelNotFound
from waystation.wire.routing import Routing, Strategy


def told(at: Scene, **question: str) -> Explanation:
    asked = msgspec.convert({"model": "m", **question}, Question)
    return explain(at.board, at.clock, asked, live=True)


def routes(at: Scene, **question: str) -> dict[str, RouteTold]:
    return {route.upstream: route for route in told(at, **question).routes}


def bench(board: Board, upstream: int, now: float, seconds: float | None, keys: int = 2) -> None:
    for _ in range(keys):
        lease = board.pools[f"up_{upstream}"].lease(f"m-{upstream}", now)
        assert lease is not None
        lease.fail("limited", now, seconds, "the vendor answered 429")


def trip(board: Board, upstream: int, now: float) -> None:
    breaker = board.served["m"].tiers[upstream][0].breaker
    assert breaker is not None
    for _ in range(10):
        breaker.failed(now, "500")


def test_a_route_without_trouble_is_told_with_its_place() -> None:
    at = scene(upstreams=2, keys=3)
    one, two = told(at).routes
    assert (one.upstream, one.place, one.why, one.keys, one.benched, one.breaker) == (
        "up0",
        1,
        None,
        {"ready": 3},
        (),
        None,
    )
    assert (two.upstream, two.place, two.priority) == ("up1", 2, 1)


def test_benched_keys_are_told_by_their_fingerprints_alone() -> None:
    at = scene(upstreams=2)
    bench(at.board, 0, at.clock.at, 20)
    found = routes(at)["up0"]
    assert (found.place, found.keys, found.ready_in_s) == (1, {"limited": 2}, 20.0)
    assert found.why == "no key of its is ready for another 20 s"
    assert [(key.state, key.wait_s, key.cause) for key in found.benched] == [
        ("limited", 20.0, "the vendor answered 429")
    ] * 2
    assert all(len(key.fingerprint) == 8 for key in found.benched)
    assert b"sk-upstream" not in msgspec.json.encode(told(at))
    at.clock.at += 21
    assert (routes(at)["up0"].why, routes(at)["up0"].keys) == (None, {"probing": 2})


def test_of_many_benched_keys_some_are_told_one_by_one() -> None:
    at = scene(keys=BENCHED_MAX + 3)
    bench(at.board, 0, at.clock.at, 20, BENCHED_MAX + 3)
    found = routes(at)["up0"]
    assert (len(found.benched), found.keys) == (BENCHED_MAX, {"limited": BENCHED_MAX + 3})


def test_a_route_whose_breaker_is_open_comes_after_all_others_until_its_probe_is_due() -> None:
    at = scene(upstreams=3)
    trip(at.board, 0, at.clock.at)
    assert [route.upstream for route in told(at).routes] == ["up1", "up2", "up0"]
    found = routes(at)["up0"]
    assert found.breaker is not None
    assert (found.place, found.breaker.state, found.breaker.wait_s) == (3, "open", 5.0)
    assert found.breaker.cause.startswith("10 of 10 attempts failed")
    at.clock.at += 5
    found = routes(at)["up0"]
    assert (found.place, found.why) == (1, "its breaker is open, and one call will find out whether it works again")


def test_a_language_that_an_upstream_does_not_speak_has_no_place() -> None:
    at = scene(vendor="mute")
    (found,) = told(at).routes
    assert (found.place, found.why) == (None, "it does not speak the caller's language")


@pytest.mark.parametrize(
    ("strategy", "session", "drawn"),
    [("weighted", None, True), ("sticky", None, True), ("sticky", "s", False), ("round_robin", None, False)],
)
def test_whether_chance_has_a_part_is_told(strategy: Strategy, session: str | None, drawn: bool) -> None:
    at = scene(upstreams=3)
    at.route(Routing(strategy=strategy))
    found = told(at, **({} if session is None else {"session": session}))
    assert (found.strategy, found.drawn, found.session) == (strategy, drawn, session is not None)
    assert not told(scene(upstreams=3)).drawn  # one route in each tier


def test_asking_changes_nothing() -> None:
    at = scene(upstreams=3)
    at.route(Routing(strategy="fastest"))
    told(at)
    assert all(route.statistics.explore(at.clock.at) for route in at.board.served["m"].tiers[0])


def test_calls_under_way_are_told_where_they_are_counted() -> None:
    at = scene(upstreams=2)
    at.route(Routing(strategy="least_in_flight"))
    load = at.board.served["m"].tiers[0][0].load
    assert load is not None
    load.begin()
    assert [route.in_flight for route in told(at).routes] == [0, 1]


def test_a_token_has_what_it_may_use() -> None:
    at = scene(models=("m",))
    assert told(at, token_id="tok_1").model == "m"
    for question in ({"model": "other", "token_id": "tok_1"}, {"token_id": "tok_9"}, {"model": "nope"}):
        with pytest.raises(ModelNotFound):
            told(at, **question)
    assert told(at, model="other").model == "other"
    assert at.board.directory.find(SECRET) is not None


def test_a_name_with_a_suffix_is_told_with_the_order_that_it_wishes() -> None:
    at = scene(upstreams=2)
    told = explain(at.board, at.clock, Question(model="m:nitro"), live=True)
    assert (told.model, told.strategy) == ("m", "throughput")
    assert [route.place for route in told.routes] == [1, 2]
    with pytest.raises(ModelNotFound):
        explain(at.board, at.clock, Question(model="nobody:nitro"), live=True)
