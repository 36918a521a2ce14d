"""A day of load on a thousand keys: the whole room, with vendors that count for themselves."""

import sys
from collections import Counter
from collections.abc import Iterator

import pytest

from tests.keys.day import HOUR_S, MODELS, Day, fleet
from waystation.keys.pool import Lease
from waystation.routing.route import serve
from waystation.routing.strategy import plan
from waystation.vendors import vendors
from waystation.wire.catalogue import Catalogue, Model, ModelRoute
from waystation.wire.key_state import Verdict

WEIGHTS = {"a": 20, "b": 5, "c": 50, "d": 25}


@pytest.fixture(autouse=True)
def _untraced() -> Iterator[None]:
    """A day is half a million looks at keys, whose every line other tests trace: traced, it would take three times as
    long.
    """
    trace = sys.gettrace()
    sys.settrace(None)
    yield
    sys.settrace(trace)


def test_a_day_within_known_limits_asks_no_vendor_for_too_much_and_leaves_no_key_idle() -> None:
    day = Day(fleet(known=True))
    day.run(120)
    assert day.outcomes["answered"] > 170_000
    assert day.outcomes["limited"] < day.outcomes["answered"] / 1_000
    assert day.outcomes["turned away"] == 0
    assert len(day.served) == 1_000
    assert {change.after for change in day.changes} <= {"limited", "probing", "ready"}
    assert {frozenset(hour // 6 for hour in hours) for hours in day.hours.values()} == {frozenset(range(4))}


def test_hours_of_trouble_ban_no_good_key_and_ask_bad_ones_hardly_ever() -> None:
    """Limits are not known; a key is revoked, another has lost a model, an account is broke for an hour, and for ten
    minutes everybody is told to wait.
    """

    def trouble(lease: Lease, at: float) -> Verdict | None:
        if lease.key.id == "a7":
            return "suspect"
        if lease.key.id == "d5" and lease.model == "old":
            return "suspect"
        if lease.health.account.name == "b-3" and HOUR_S <= at < 2 * HOUR_S:
            return "broke"
        return "limited" if 3 * HOUR_S <= at < 3 * HOUR_S + 600 else None

    day = Day(fleet(known=False), trouble, hours=6)
    day.run(200)
    healths = day.book.healths
    assert (day.served["a7"], healths["a7"].state(None, day.end)) == (0, "refused")
    assert sum(count for (key, _), count in day.refusals.items() if key == "a7") < 20
    assert (healths["d5"].state("old", day.end), healths["d5"].state("small", day.end)) == ("refused", "ready")
    assert day.refusals["d5", "old"] < 20
    good = healths.keys() - {"a7"}
    assert all({0, 2, 4, 5} <= day.hours[key] for key in good if not key.startswith("b"))
    assert {5} <= set.union(*(day.hours[key] for key in good if healths[key].account.name == "b-3"))
    assert not [key for key in good if healths[key].state(None, day.end) not in {"ready", "probing"}]
    other = [change for change in day.changes if change.account not in {"a7", "d5", "b-3"}]
    assert {change.after for change in other} == {"limited", "probing", "ready"}
    assert all(change.rest_s <= 90 for change in other)


def test_a_day_is_shared_out_by_the_weights_of_upstreams() -> None:
    ups = fleet(known=True, weights=WEIGHTS)
    routes = tuple(ModelRoute(up.name, "x") for up in ups)
    models = tuple(Model(name=name, routes=routes, price=None) for name in MODELS)
    served = serve(Catalogue(revision=1, upstreams=tuple(ups), models=models), vendors())
    day = Day(ups, order=lambda model: [route.upstream.id for route in plan(served[model], "openai.chat", draw)])
    draw = day.random.random
    day.run(120)
    shares = Counter[str]()
    for key, count in day.served.items():
        shares[key[0]] += count
    assert day.outcomes.keys() == {"answered"}
    for name, weight in WEIGHTS.items():
        assert shares[name] / shares.total() == pytest.approx(weight / 100, rel=0.05)
