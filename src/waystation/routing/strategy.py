"""In what order a call tries its routes: tier by tier, within a tier at random by weight."""

from collections.abc import Callable

from waystation.routing.route import Route, Served
from waystation.wire.dialect import Dialect

Plan = tuple[Route, ...]


def plan(served: Served, dialect: Dialect, draw: Callable[[], float]) -> Plan:
    """The routes that callers of `dialect` can take, in the order to try them. `draw`: a random number in [0, 1)."""
    if len(served.tiers) == 1 and len(served.tiers[0]) == 1:  # most models have one route
        return served.tiers[0] if dialect in served.tiers[0][0].ways else ()
    order: list[Route] = []
    for tier in served.tiers:
        order += _shuffled([route for route in tier if dialect in route.ways], draw)
    return tuple(order)


def _shuffled(routes: list[Route], draw: Callable[[], float]) -> list[Route]:
    """Drawn one after another, each with its share of the weight that is left; weight 0 comes last."""
    order = []
    while len(routes) > 1:
        order.append(routes.pop(_pick(routes, draw())))
    return order + routes


def _pick(routes: list[Route], drawn: float) -> int:
    point = drawn * sum(route.upstream.weight for route in routes)
    for at, route in enumerate(routes):
        point -= route.upstream.weight
        if point < 0:
            return at
    return 0
