"""In what order the routes of one tier are tried: one function for each strategy, all routes in each answer."""

from collections.abc import Callable, Mapping, Sequence
from hashlib import blake2b
from math import log
from typing import Final, NamedTuple

from waystation.routing.deck import drawn
from waystation.routing.figures import Costs, first_chunks, prices, scores, seconds, token_times
from waystation.routing.route import Route
from waystation.wire.routing import ScoreWeights

NO_COSTS: Final[Costs] = {}
_HASHES: Final = 1 << 64


class Moment(NamedTuple):
    """What an order may rest on besides the routes. `draw`: a random number in [0, 1); `now` is monotonic.

    `session`: what calls that belong together have in common, None: nothing. `costs`: what is paid for a usual call.
    `explores`: a call may be sent only to learn how a route does.
    """

    draw: Callable[[], float]
    now: float = 0.0
    session: bytes | None = None
    costs: Costs = NO_COSTS
    weights: ScoreWeights = ScoreWeights()
    explores: bool = True


Order = Callable[[list[Route], Moment], list[Route]]


def weighted(routes: list[Route], at: Moment) -> list[Route]:
    """Drawn one after another, each with its share of the weight that is left; weight 0 comes last."""
    return shuffled(routes, at.draw)


def shuffled(routes: list[Route], draw: Callable[[], float]) -> list[Route]:
    return drawn(routes, [route.upstream.weight for route in routes], draw)


def round_robin(routes: list[Route], _at: Moment) -> list[Route]:
    """Whose last turn is the longest ago; so calls that can only take some of the routes disturb nobody's turn."""
    return sorted(routes, key=lambda route: 0 if route.load is None else route.load.turn)


def least_in_flight(routes: list[Route], at: Moment) -> list[Route]:
    """The fewest for its weight; at random by weight among equals."""

    def crowded(route: Route) -> float:
        return 0.0 if route.load is None else route.load.in_flight / max(route.upstream.weight, 1)

    return sorted(shuffled(routes, at.draw), key=crowded)


def fastest(routes: list[Route], at: Moment) -> list[Route]:
    return _explored(routes, seconds(routes, at.now), at)


def by_throughput(routes: list[Route], at: Moment) -> list[Route]:
    return _explored(routes, token_times(routes), at)


def by_latency(routes: list[Route], at: Moment) -> list[Route]:
    return _explored(routes, first_chunks(routes), at)


def score(routes: list[Route], at: Moment) -> list[Route]:
    return _explored(routes, scores(routes, at.weights, at.now, at.costs), at)


def cheapest(routes: list[Route], at: Moment) -> list[Route]:
    """At random by weight among equals, and among those whose prices are not known: they come last."""
    order = shuffled(routes, at.draw)
    return [route for _, route in _ranked(order, prices(order, at.costs))]


def sticky(routes: list[Route], at: Moment) -> list[Route]:
    """Rendezvous hashing: each session has an order of its own, in which a route that comes or goes moves nobody else.

    Routes get sessions by their weight. Without a session: at random by weight.
    """
    session = at.session
    if session is None:
        return shuffled(routes, at.draw)
    return sorted(routes, key=lambda route: _distance(session, route))


ORDERS: Final[Mapping[str, Order]] = {
    "weighted": weighted,
    "round_robin": round_robin,
    "least_in_flight": least_in_flight,
    "fastest": fastest,
    "cheapest": cheapest,
    "sticky": sticky,
    "score": score,
    # What callers may ask for by OpenRouter's words.
    "price": cheapest,
    "throughput": by_throughput,
    "latency": by_latency,
}

# Those that look at the money.
PRICED: Final = frozenset({"cheapest", "score", "price"})


def _explored(routes: list[Route], figures: Sequence[float], at: Moment) -> list[Route]:
    """The better one of two at random, then the others from the best on: the best alone would get every call at once.

    A route of which nothing was learned for a while goes first, once: it may be better by now.
    """
    ranked = _ranked(routes, figures)
    order = [route for _, route in ranked]
    chosen = next((route for route in routes if route.statistics.explore(at.now)), None) if at.explores else None
    if chosen is None:
        chosen = order[_better_of_two(len(order), at.draw)]
    order.remove(chosen)
    return [chosen, *order]


def _ranked(routes: Sequence[Route], figures: Sequence[float]) -> list[tuple[float, Route]]:
    return sorted(zip(figures, routes, strict=True), key=lambda pair: pair[0])


def _better_of_two(count: int, draw: Callable[[], float]) -> int:
    """The lower of two different numbers below `count`."""
    if count == 1:
        return 0
    one = int(draw() * count)
    other = int(draw() * (count - 1))
    return min(one, other + (other >= one))


def _distance(session: bytes, route: Route) -> float:
    """The lowest is the session's own: -log(hash) / weight, which gives each route its weight's share of them."""
    told = f"{route.upstream.id}/{route.model}".encode()
    number = int.from_bytes(blake2b(told, key=session, digest_size=8).digest())
    return -log((number + 0.5) / _HASHES) / max(route.upstream.weight, 1)
